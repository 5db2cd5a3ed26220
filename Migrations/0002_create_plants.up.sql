-- Plants, the tenants.

CREATE TABLE plants (
    id         integer      NOT NULL GENERATED ALWAYS AS IDENTITY,
    code       varchar(50)  NOT NULL,
    name       varchar(100) NOT NULL,
    is_active  boolean      NOT NULL DEFAULT true,
    created_at timestamptz  NOT NULL DEFAULT now(),
    updated_at timestamptz  NOT NULL DEFAULT now(),

    CONSTRAINT plants_pkey PRIMARY KEY (id),
    CONSTRAINT plants_code_key UNIQUE (code),
    -- Routes take a plant by code or id. Digits alone are an id, so that no plant can pass for another.
    CONSTRAINT plants_code_form CHECK (code ~ '^[A-Za-z0-9_][A-Za-z0-9_-]*$' AND code !~ '^[0-9]+$'),
    CONSTRAINT plants_name_not_empty CHECK (name <> '')
);

CREATE TRIGGER plants_touch BEFORE UPDATE ON plants FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TABLE plants IS 'Plants, the tenants: a person''s role holds in one of them.';
COMMENT ON COLUMN plants.id IS 'Key; given by the database, and never used again for another plant.';
COMMENT ON COLUMN plants.code IS 'What URLs and headers call the plant; letters, digits, - and _, never digits alone.';
COMMENT ON COLUMN plants.name IS 'What people call the plant.';
COMMENT ON COLUMN plants.is_active IS 'Whether roles in this plant count. An inactive plant answers like one that does not exist.';
COMMENT ON COLUMN plants.created_at IS 'When the plant was made.';
COMMENT ON COLUMN plants.updated_at IS 'When the row last changed; kept by a trigger.';
