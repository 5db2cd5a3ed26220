-- Whatever changes who may do what is announced to the gateways, in the transaction of the change.

CREATE FUNCTION announce_changes(changes text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    most CONSTANT integer := 64;
    announced integer := coalesce(nullif(current_setting('gatehouse.announced', true), ''), '0')::integer;
    change text;
BEGIN
    IF announced > most OR coalesce(cardinality(changes), 0) = 0 THEN RETURN; END IF;
    announced := announced + cardinality(changes);
    IF announced > most THEN changes := ARRAY['everything']; END IF;
    -- Local to the transaction, and undone with a savepoint as the announcements are.
    PERFORM set_config('gatehouse.announced', announced::text, true);
    FOREACH change IN ARRAY changes LOOP
        PERFORM pg_notify(
            'gatehouse_changes', (extract(epoch FROM clock_timestamp()) * 1000000)::bigint || ' ' || change);
    END LOOP;
END
$$;
COMMENT ON FUNCTION announce_changes(text[]) IS
    'Notifies gatehouse_changes of each change, as “microseconds since 1970, what, ids”. Beyond 64 in one transaction it says “everything” once, and then no more.';

CREATE FUNCTION announce_session_change(of_session uuid, of_user uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    each CONSTANT integer := 8;
    run text[] := string_to_array(coalesce(current_setting('gatehouse.announced_sessions', true), ''), ' ');
    length integer := 1;
BEGIN
    IF run[1] = of_user::text THEN length := run[2]::integer + 1; END IF;
    IF length > each + 1 THEN RETURN; END IF;
    PERFORM set_config('gatehouse.announced_sessions', of_user || ' ' || length, true);
    PERFORM announce_changes(ARRAY[
        CASE WHEN length > each THEN 'user ' || of_user ELSE 'session ' || of_session || ' ' || of_user END]);
END
$$;
COMMENT ON FUNCTION announce_session_change(uuid, uuid) IS
    'Announces a session or an API token, with its user. The ninth of one user in a row stands for all of theirs.';

CREATE FUNCTION announce_role_changes(of_users uuid[], in_plants integer[]) RETURNS void LANGUAGE sql AS $$
    WITH changed AS (
        SELECT DISTINCT u, p FROM unnest(of_users, in_plants) AS pairs (u, p)
    ), counted AS (
        SELECT count(*) AS pairs, count(DISTINCT p) AS plants FROM changed
    )
    SELECT announce_changes(CASE
        WHEN pairs <= 16 THEN ARRAY(SELECT 'role ' || u || ' ' || p FROM changed)
        WHEN plants <= 16 THEN ARRAY(SELECT DISTINCT 'plant ' || p FROM changed)
        ELSE ARRAY(SELECT DISTINCT 'user ' || u FROM changed)
    END) FROM counted
$$;
COMMENT ON FUNCTION announce_role_changes(uuid[], integer[]) IS
    'Announces the roles of users in plants; many at once as whole plants, or as whole users.';

-- Sessions and what opens them. Rows, not statements: gateways push last_used_at on for thousands of rows at a time, and
-- that is no announcement.

CREATE FUNCTION announce_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM announce_session_change(OLD.id, OLD.user_id);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION announce_session() IS 'Trigger: a session or an API token ends, or ends at another time.';

CREATE TRIGGER user_sessions_announce AFTER UPDATE OF revoked_at, expires_at ON user_sessions FOR EACH ROW
    WHEN ((NEW.revoked_at, NEW.expires_at) IS DISTINCT FROM (OLD.revoked_at, OLD.expires_at))
    EXECUTE FUNCTION announce_session();
CREATE TRIGGER user_sessions_announce_removal AFTER DELETE ON user_sessions FOR EACH ROW
    WHEN (OLD.revoked_at IS NULL AND OLD.expires_at > now())
    EXECUTE FUNCTION announce_session();
CREATE TRIGGER api_tokens_announce AFTER UPDATE OF revoked_at, expires_at ON api_tokens FOR EACH ROW
    WHEN ((NEW.revoked_at, NEW.expires_at) IS DISTINCT FROM (OLD.revoked_at, OLD.expires_at))
    EXECUTE FUNCTION announce_session();
CREATE TRIGGER api_tokens_announce_removal AFTER DELETE ON api_tokens FOR EACH ROW
    WHEN (OLD.revoked_at IS NULL AND (OLD.expires_at IS NULL OR OLD.expires_at > now()))
    EXECUTE FUNCTION announce_session();

CREATE FUNCTION announce_session_token() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM announce_session_change(id, user_id) FROM user_sessions
    WHERE id = OLD.session_id AND revoked_at IS NULL AND expires_at > now();
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION announce_session_token() IS
    'Trigger: what opens a live session is rotated, removed, or moved to another host.';

CREATE TRIGGER session_tokens_announce AFTER UPDATE ON session_tokens FOR EACH ROW
    WHEN (
        (NEW.token_hash, NEW.previous_token_hash, NEW.rotated_at, NEW.session_id, NEW.host, NEW.expires_at)
        IS DISTINCT FROM
        (OLD.token_hash, OLD.previous_token_hash, OLD.rotated_at, OLD.session_id, OLD.host, OLD.expires_at)
    )
    EXECUTE FUNCTION announce_session_token();
CREATE TRIGGER session_tokens_announce_removal AFTER DELETE ON session_tokens FOR EACH ROW
    EXECUTE FUNCTION announce_session_token();

-- Users, plants and roles, by statements: so that one which changes a whole plant says so once.

CREATE FUNCTION announce_users() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM announce_changes(ARRAY(
        SELECT DISTINCT 'user ' || f.id FROM former f LEFT JOIN present p ON p.id = f.id
        WHERE (f.username, f.email, f.name, f.roles, f.is_active)
            IS DISTINCT FROM (p.username, p.email, p.name, p.roles, p.is_active)));
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION announce_users() IS
    'Trigger: a user''s status changes, or their global roles, or what identity headers say of them.';

CREATE FUNCTION announce_removed_users() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM announce_changes(ARRAY(SELECT 'user ' || id FROM former));
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION announce_removed_users() IS 'Trigger: a user''s row is gone.';

CREATE TRIGGER users_announce AFTER UPDATE ON users
    REFERENCING OLD TABLE AS former NEW TABLE AS present
    FOR EACH STATEMENT EXECUTE FUNCTION announce_users();
CREATE TRIGGER users_announce_removal AFTER DELETE ON users
    REFERENCING OLD TABLE AS former
    FOR EACH STATEMENT EXECUTE FUNCTION announce_removed_users();

CREATE FUNCTION announce_plants() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM announce_changes(ARRAY(
        SELECT 'plant ' || f.id FROM former f LEFT JOIN present p ON p.id = f.id
        WHERE (f.code, f.name, f.is_active) IS DISTINCT FROM (p.code, p.name, p.is_active)));
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION announce_plants() IS 'Trigger: a plant is renamed, or its roles begin or cease to count.';

CREATE FUNCTION announce_removed_plants() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM announce_changes(ARRAY(SELECT 'plant ' || id FROM former));
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION announce_removed_plants() IS 'Trigger: a plant is gone.';

CREATE TRIGGER plants_announce AFTER UPDATE ON plants
    REFERENCING OLD TABLE AS former NEW TABLE AS present
    FOR EACH STATEMENT EXECUTE FUNCTION announce_plants();
CREATE TRIGGER plants_announce_removal AFTER DELETE ON plants
    REFERENCING OLD TABLE AS former
    FOR EACH STATEMENT EXECUTE FUNCTION announce_removed_plants();

CREATE FUNCTION announce_roles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM announce_role_changes(array_agg(user_id), array_agg(plant_id)) FROM changed;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION announce_roles() IS 'Trigger: roles are granted or gone.';

CREATE FUNCTION announce_changed_roles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM announce_role_changes(array_agg(user_id), array_agg(plant_id)) FROM (
        (SELECT id, user_id, plant_id, role, expires_at FROM former
         EXCEPT SELECT id, user_id, plant_id, role, expires_at FROM present)
        UNION ALL
        (SELECT id, user_id, plant_id, role, expires_at FROM present
         EXCEPT SELECT id, user_id, plant_id, role, expires_at FROM former)
    ) AS changed;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION announce_changed_roles() IS 'Trigger: roles rise, fall, or end at another time.';

CREATE TRIGGER user_plant_role_announce_grant AFTER INSERT ON user_plant_role
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION announce_roles();
CREATE TRIGGER user_plant_role_announce_removal AFTER DELETE ON user_plant_role
    REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION announce_roles();
CREATE TRIGGER user_plant_role_announce AFTER UPDATE ON user_plant_role
    REFERENCING OLD TABLE AS former NEW TABLE AS present
    FOR EACH STATEMENT EXECUTE FUNCTION announce_changed_roles();

CREATE FUNCTION announce_everything() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM announce_changes(ARRAY['everything']);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION announce_everything() IS 'Trigger: a table is emptied.';

CREATE TRIGGER users_announce_truncation AFTER TRUNCATE ON users
    FOR EACH STATEMENT EXECUTE FUNCTION announce_everything();
CREATE TRIGGER plants_announce_truncation AFTER TRUNCATE ON plants
    FOR EACH STATEMENT EXECUTE FUNCTION announce_everything();
CREATE TRIGGER user_plant_role_announce_truncation AFTER TRUNCATE ON user_plant_role
    FOR EACH STATEMENT EXECUTE FUNCTION announce_everything();
CREATE TRIGGER user_sessions_announce_truncation AFTER TRUNCATE ON user_sessions
    FOR EACH STATEMENT EXECUTE FUNCTION announce_everything();
CREATE TRIGGER session_tokens_announce_truncation AFTER TRUNCATE ON session_tokens
    FOR EACH STATEMENT EXECUTE FUNCTION announce_everything();
CREATE TRIGGER api_tokens_announce_truncation AFTER TRUNCATE ON api_tokens
    FOR EACH STATEMENT EXECUTE FUNCTION announce_everything();
