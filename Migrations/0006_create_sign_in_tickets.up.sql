-- Single-use tickets that carry one sign-in to another host.

CREATE TABLE sign_in_tickets (
    id           uuid         NOT NULL DEFAULT gen_random_uuid(),
    session_id   uuid         NOT NULL,
    token_hash   bytea        NOT NULL,
    host         varchar(255) NOT NULL,
    attempt_hash bytea        NOT NULL,
    expires_at   timestamptz  NOT NULL,
    created_at   timestamptz  NOT NULL DEFAULT now(),

    CONSTRAINT sign_in_tickets_pkey PRIMARY KEY (id),
    CONSTRAINT sign_in_tickets_token_hash_key UNIQUE (token_hash),
    CONSTRAINT sign_in_tickets_session_id_fkey FOREIGN KEY (session_id) REFERENCES user_sessions ON DELETE CASCADE,
    CONSTRAINT sign_in_tickets_host_form CHECK (host <> '' AND host = lower(host)),
    CONSTRAINT sign_in_tickets_hash_length CHECK (octet_length(token_hash) = 32 AND octet_length(attempt_hash) = 32)
);

CREATE INDEX sign_in_tickets_session_id_idx ON sign_in_tickets (session_id);
CREATE INDEX sign_in_tickets_expires_at_idx ON sign_in_tickets (expires_at);

COMMENT ON TABLE sign_in_tickets IS 'Tickets that carry a session to another host. Redeeming one deletes it, so it is good once.';
COMMENT ON COLUMN sign_in_tickets.id IS 'Key; given by the database.';
COMMENT ON COLUMN sign_in_tickets.session_id IS 'The session that the other host gets a cookie for.';
COMMENT ON COLUMN sign_in_tickets.token_hash IS 'SHA-256 of the ticket''s text, which travels in a URL once.';
COMMENT ON COLUMN sign_in_tickets.host IS 'The only host that may redeem it, in lower case, without a port.';
COMMENT ON COLUMN sign_in_tickets.attempt_hash IS 'SHA-256 of the secret that the browser got from that host: nobody else''s browser can redeem it.';
COMMENT ON COLUMN sign_in_tickets.expires_at IS 'When it is no longer good; seconds after it was made.';
COMMENT ON COLUMN sign_in_tickets.created_at IS 'When it was made.';
