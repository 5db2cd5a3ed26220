-- Who holds which role in which plant.

CREATE TYPE plant_role AS ENUM ('operator', 'supervisor', 'engineer', 'admin');
COMMENT ON TYPE plant_role IS 'A plant''s ladder, lowest rung first: comparing two roles compares their rungs.';

CREATE TABLE user_plant_role (
    id         uuid        NOT NULL DEFAULT gen_random_uuid(),
    user_id    uuid        NOT NULL,
    plant_id   integer     NOT NULL,
    role       plant_role  NOT NULL DEFAULT 'operator',
    granted_by uuid,
    expires_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT user_plant_role_pkey PRIMARY KEY (id),
    CONSTRAINT user_plant_role_user_id_plant_id_key UNIQUE (user_id, plant_id),
    CONSTRAINT user_plant_role_user_id_fkey FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE,
    CONSTRAINT user_plant_role_plant_id_fkey FOREIGN KEY (plant_id) REFERENCES plants ON DELETE CASCADE,
    CONSTRAINT user_plant_role_granted_by_fkey FOREIGN KEY (granted_by) REFERENCES users ON DELETE SET NULL
);

-- The unique constraint's index serves lookups by user.
CREATE INDEX user_plant_role_plant_id_idx ON user_plant_role (plant_id);
CREATE INDEX user_plant_role_granted_by_idx ON user_plant_role (granted_by) WHERE granted_by IS NOT NULL;

CREATE TRIGGER user_plant_role_touch BEFORE UPDATE ON user_plant_role
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TABLE user_plant_role IS 'Who holds which role in which plant: at most one for a user and plant.';
COMMENT ON COLUMN user_plant_role.id IS 'Key; given by the database.';
COMMENT ON COLUMN user_plant_role.user_id IS 'Who holds the role.';
COMMENT ON COLUMN user_plant_role.plant_id IS 'Where it holds.';
COMMENT ON COLUMN user_plant_role.role IS 'The rung: whoever stands on it may do all that the ones below may.';
COMMENT ON COLUMN user_plant_role.granted_by IS 'Who granted it; null: the command line, an import, or somebody who is gone.';
COMMENT ON COLUMN user_plant_role.expires_at IS 'When the grant ends; null: it is for good.';
COMMENT ON COLUMN user_plant_role.created_at IS 'When the user first got a role in the plant.';
COMMENT ON COLUMN user_plant_role.updated_at IS 'When the row last changed; kept by a trigger.';
