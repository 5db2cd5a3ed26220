-- The append-only record of what happened.

CREATE SEQUENCE audit_log_position_seq;
COMMENT ON SEQUENCE audit_log_position_seq IS 'Gives audit_log.position.';

CREATE TABLE audit_log (
    id         uuid         NOT NULL DEFAULT gen_random_uuid(),
    at         timestamptz  NOT NULL DEFAULT now(),
    position   bigint       NOT NULL DEFAULT nextval('audit_log_position_seq'),
    event      varchar(100) NOT NULL,
    actor_id   uuid,
    subject_id uuid,
    plant_id   integer,
    ip_address inet,
    details    jsonb        NOT NULL DEFAULT '{}',

    -- A partitioned table's key holds what it is partitioned by.
    CONSTRAINT audit_log_pkey PRIMARY KEY (id, at),
    CONSTRAINT audit_log_event_not_empty CHECK (event <> ''),
    CONSTRAINT audit_log_details_are_an_object CHECK (jsonb_typeof(details) = 'object')
) PARTITION BY RANGE (at);

ALTER SEQUENCE audit_log_position_seq OWNED BY audit_log.position;

CREATE INDEX audit_log_at_idx ON audit_log (at, position);
CREATE INDEX audit_log_subject_id_idx ON audit_log (subject_id, at) WHERE subject_id IS NOT NULL;
CREATE INDEX audit_log_actor_id_idx ON audit_log (actor_id, at) WHERE actor_id IS NOT NULL;
CREATE INDEX audit_log_plant_id_idx ON audit_log (plant_id, at) WHERE plant_id IS NOT NULL;

CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The audit log is append-only: % is refused.', TG_OP
        USING CONSTRAINT = 'audit_log_append_only', TABLE = 'audit_log';
END
$$;
COMMENT ON FUNCTION refuse_audit_change() IS 'Trigger: nobody changes or removes what has been recorded.';

-- Partitions inherit the trigger for rows; the one against TRUNCATE they get one by one.
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_log_never_empty BEFORE TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

CREATE TABLE audit_log_default PARTITION OF audit_log DEFAULT;
CREATE TRIGGER audit_log_never_empty BEFORE TRUNCATE ON audit_log_default
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

CREATE FUNCTION create_audit_log_partition(containing timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    first_day timestamp := date_trunc('month', containing AT TIME ZONE 'UTC');
    starts    timestamptz := first_day AT TIME ZONE 'UTC';
    ends      timestamptz := (first_day + interval '1 month') AT TIME ZONE 'UTC';
    partition text := 'audit_log_' || to_char(first_day, 'YYYY_MM');
BEGIN
    IF to_regclass(partition) IS NOT NULL THEN
        RETURN false;
    END IF;
    -- One at a time, and nothing new of this month in the meantime. Somebody may have been first.
    LOCK TABLE audit_log_default IN SHARE ROW EXCLUSIVE MODE;
    IF to_regclass(partition) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE audit_log INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition);
    IF EXISTS (SELECT FROM audit_log_default WHERE at >= starts AND at < ends) THEN
        -- What was recorded before its month had a partition moves over, which is no change to the log.
        ALTER TABLE audit_log_default DISABLE TRIGGER USER;
        EXECUTE format(
            'WITH moved AS (DELETE FROM audit_log_default WHERE at >= $1 AND at < $2 RETURNING *)
             INSERT INTO %I SELECT * FROM moved', partition) USING starts, ends;
        ALTER TABLE audit_log_default ENABLE TRIGGER USER;
    END IF;
    EXECUTE format('ALTER TABLE audit_log ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', partition, starts, ends);
    EXECUTE format(
        'CREATE TRIGGER audit_log_never_empty BEFORE TRUNCATE ON %I
         FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()', partition);
    RETURN true;
END
$$;
COMMENT ON FUNCTION create_audit_log_partition(timestamptz) IS
    'Makes the partition of the month (UTC) that a moment lies in, and returns whether it was missing. Rows of that month move there from the default partition.';

SELECT create_audit_log_partition(now() + months * interval '1 month') FROM generate_series(0, 2) AS months;

COMMENT ON TABLE audit_log IS 'What happened, for people who must account for it: append-only, one partition a month (UTC). Never holds a secret.';
COMMENT ON TABLE audit_log_default IS 'Takes what no month''s partition takes, so that nothing is ever lost for want of one.';
COMMENT ON COLUMN audit_log.id IS 'Key, together with at.';
COMMENT ON COLUMN audit_log.at IS 'When it happened.';
COMMENT ON COLUMN audit_log.position IS 'The order of writing, which tells events of one moment apart.';
COMMENT ON COLUMN audit_log.event IS 'What happened, such as user.signed_in.';
COMMENT ON COLUMN audit_log.actor_id IS 'Who did it; null: a visitor, the command line or the gateway. No foreign key: the record outlives the account.';
COMMENT ON COLUMN audit_log.subject_id IS 'Whom it was about; null: nobody.';
COMMENT ON COLUMN audit_log.plant_id IS 'Which plant it was about; null: none.';
COMMENT ON COLUMN audit_log.ip_address IS 'Where the request came from.';
COMMENT ON COLUMN audit_log.details IS 'What else belongs to the event: an object of strings.';
