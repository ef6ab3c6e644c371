-- Which cluster the managers of one database are: browsers keep their logins to several clusters apart by it.

CREATE TABLE cluster (
  id      uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  is_only boolean NOT NULL DEFAULT true UNIQUE CHECK (is_only)
);
COMMENT ON TABLE cluster IS 'One row: what all managers of this database are together.';
COMMENT ON COLUMN cluster.id IS 'Made once per database. Its beginning is in the name of the session cookie; no secret.';
COMMENT ON COLUMN cluster.is_only IS 'Keeps a second row out.';
INSERT INTO cluster DEFAULT VALUES;
