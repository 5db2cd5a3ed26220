-- Mails to be sent: written in the transaction of the change that they tell about, delivered afterwards.

CREATE TABLE outbox (
    id              uuid         NOT NULL DEFAULT gen_random_uuid(),
    kind            varchar(50)  NOT NULL,
    recipient       varchar(255) NOT NULL,
    user_id         uuid,
    language        varchar(35),
    link            text,
    link_expires_at timestamptz,
    variables       jsonb        NOT NULL DEFAULT '{}',
    created_at      timestamptz  NOT NULL DEFAULT now(),
    attempts        integer      NOT NULL DEFAULT 0,
    next_attempt_at timestamptz  NOT NULL DEFAULT now(),
    sent_at         timestamptz,
    failed_at       timestamptz,
    last_error      varchar(500),

    CONSTRAINT outbox_pkey PRIMARY KEY (id),
    CONSTRAINT outbox_user_id_fkey FOREIGN KEY (user_id) REFERENCES users ON DELETE SET NULL,
    CONSTRAINT outbox_kind_form CHECK (kind ~ '^[a-z][a-z_]*$'),
    CONSTRAINT outbox_recipient_form CHECK (position('@' IN recipient) > 1 AND recipient !~ '[[:cntrl:]]'),
    CONSTRAINT outbox_variables_are_texts CHECK (
        jsonb_typeof(variables) = 'object' AND NOT jsonb_path_exists(variables, '$.* ? (@.type() != "string")')),
    CONSTRAINT outbox_attempts_not_negative CHECK (attempts >= 0),
    CONSTRAINT outbox_one_end CHECK (sent_at IS NULL OR failed_at IS NULL),
    CONSTRAINT outbox_end_forgets CHECK (
        (sent_at IS NULL AND failed_at IS NULL) OR (link IS NULL AND variables = '{}'))
);

CREATE INDEX outbox_due_idx ON outbox (next_attempt_at) WHERE sent_at IS NULL AND failed_at IS NULL;
CREATE INDEX outbox_ended_idx ON outbox ((coalesce(sent_at, failed_at))) WHERE sent_at IS NOT NULL OR failed_at IS NOT NULL;
CREATE INDEX outbox_user_id_idx ON outbox (user_id);

CREATE FUNCTION guard_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.sent_at IS NOT NULL OR OLD.failed_at IS NOT NULL THEN
        -- Nothing but the user's removal, by the foreign key.
        IF to_jsonb(NEW) - 'user_id' IS DISTINCT FROM to_jsonb(OLD) - 'user_id' THEN
            RAISE EXCEPTION 'A mail that was sent or given up stays so.'
                USING CONSTRAINT = 'outbox_end_is_final', TABLE = 'outbox';
        END IF;
    ELSIF (NEW.id, NEW.kind, NEW.recipient) IS DISTINCT FROM (OLD.id, OLD.kind, OLD.recipient) THEN
        RAISE EXCEPTION 'A mail stays what it was made for.' USING CONSTRAINT = 'outbox_fixed', TABLE = 'outbox';
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION guard_outbox() IS 'Trigger: a mail is sent or given up once, and goes to nobody but whom it was made for.';

CREATE TRIGGER outbox_guard BEFORE UPDATE ON outbox FOR EACH ROW EXECUTE FUNCTION guard_outbox();

CREATE FUNCTION announce_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('gatehouse_outbox', '');
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION announce_outbox() IS 'Trigger: wakes the gateways that deliver mail, when the transaction commits.';

CREATE TRIGGER outbox_announce AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION announce_outbox();

COMMENT ON TABLE outbox IS 'Mails to be sent, each at least once and, but for a crash in the middle of the hand-over, exactly once.';
COMMENT ON COLUMN outbox.id IS 'Key, made with the event: the same event twice is one mail. Also the Message-ID''s local part.';
COMMENT ON COLUMN outbox.kind IS 'What the mail is about; names its templates.';
COMMENT ON COLUMN outbox.recipient IS 'The address, as typed.';
COMMENT ON COLUMN outbox.user_id IS 'Whose account it is about; null for an invitation, and once the user is gone.';
COMMENT ON COLUMN outbox.language IS 'The language asked for, as a tag (RFC 5646); null: the site''s.';
COMMENT ON COLUMN outbox.link IS 'Where the person is to go. Holds a secret until the mail has been sent or given up, and then is null.';
COMMENT ON COLUMN outbox.link_expires_at IS 'When the link ends: the mail is not sent after that.';
COMMENT ON COLUMN outbox.variables IS 'What else the text names, as texts. Empty once the mail has been sent or given up.';
COMMENT ON COLUMN outbox.created_at IS 'When it was made.';
COMMENT ON COLUMN outbox.attempts IS 'How often a gateway took it up. Tells the holder of the present lease from those before.';
COMMENT ON COLUMN outbox.next_attempt_at IS 'When it may be taken up; while a gateway is sending it, the end of its lease.';
COMMENT ON COLUMN outbox.sent_at IS 'When the mail server took it over, or it was written to the folder. Final.';
COMMENT ON COLUMN outbox.failed_at IS 'When it was given up. Final.';
COMMENT ON COLUMN outbox.last_error IS 'Why the last attempt failed.';
