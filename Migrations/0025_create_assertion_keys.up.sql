-- The keys that assertions are signed with: all gateways sign with the same, and applications verify by the same.

CREATE TABLE assertion_keys (
    id                 varchar(43) NOT NULL,
    sealed_private_key bytea       NOT NULL,
    sealing_key_id     varchar(12) NOT NULL,
    active_from        timestamptz NOT NULL,
    created_at         timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT assertion_keys_pkey PRIMARY KEY (id),
    CONSTRAINT assertion_keys_id_form CHECK (id ~ '^[A-Za-z0-9_-]{43}$'),
    CONSTRAINT assertion_keys_sealing_key_id_form CHECK (sealing_key_id ~ '^[A-Za-z0-9_-]{12}$'),
    -- 12 bytes of nonce, 32 of key, 16 of tag.
    CONSTRAINT assertion_keys_private_key_is_sealed CHECK (octet_length(sealed_private_key) = 60)
);

CREATE FUNCTION guard_assertion_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.active_from, NEW.created_at) IS DISTINCT FROM (OLD.id, OLD.active_from, OLD.created_at) THEN
        RAISE EXCEPTION 'A key stays what it is; only what seals it changes.'
            USING CONSTRAINT = 'assertion_keys_fixed', TABLE = 'assertion_keys';
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION guard_assertion_key() IS 'Trigger: a key is sealed anew, and never changed.';

CREATE TRIGGER assertion_keys_guard BEFORE UPDATE ON assertion_keys
    FOR EACH ROW EXECUTE FUNCTION guard_assertion_key();

CREATE FUNCTION announce_assertion_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('gatehouse_assertion_keys', '');
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION announce_assertion_keys() IS 'Trigger: has the gateways read the keys anew, when the transaction commits.';

-- For rows: a statement that finds nothing to do must wake nobody, or gateways would wake each other for ever.
CREATE TRIGGER assertion_keys_announce AFTER INSERT OR UPDATE OR DELETE ON assertion_keys
    FOR EACH ROW EXECUTE FUNCTION announce_assertion_keys();
CREATE TRIGGER assertion_keys_announce_empty AFTER TRUNCATE ON assertion_keys
    FOR EACH STATEMENT EXECUTE FUNCTION announce_assertion_keys();

COMMENT ON TABLE assertion_keys IS 'Keys that signed assertions are made with (ECDSA, P-256). The gateways make, change and remove them; deleting all rows makes them begin anew.';
COMMENT ON COLUMN assertion_keys.id IS 'What assertions and the key set call it (kid): the RFC 7638 thumbprint of its public half.';
COMMENT ON COLUMN assertion_keys.sealed_private_key IS 'The private half, sealed by AES-256-GCM with a key of the configuration: nonce, ciphertext, tag.';
COMMENT ON COLUMN assertion_keys.sealing_key_id IS 'Which key of the configuration seals it.';
COMMENT ON COLUMN assertion_keys.active_from IS 'From when on it signs. It is published before, and until an hour after its successor signs.';
COMMENT ON COLUMN assertion_keys.created_at IS 'When it was made.';
