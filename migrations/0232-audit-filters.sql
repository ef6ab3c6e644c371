-- A page of the audit log that shows one action or one outcome reads that page, and not all there is.

CREATE INDEX audit_action ON audit (action, at DESC, id DESC);
CREATE INDEX audit_outcome ON audit (outcome, at DESC, id DESC);
-- Objects are looked for by a part of their name, which it does not answer.
DROP INDEX audit_object;
