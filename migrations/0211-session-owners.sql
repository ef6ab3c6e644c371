-- Who may only watch or publish one stream steers and ends what it made itself, not the sessions of others.
ALTER TABLE session_routes ADD COLUMN owner text;
COMMENT ON COLUMN session_routes.owner IS 'Who made the session: "account NAME", else the identifier of the login or the token (claim jti, or a hash where it has none); null: not known.';
