-- Who decides an endpoint request or a device, what they said, and what an
-- endpoint request has in common with others.
ALTER TABLE endpoint ADD COLUMN grp TEXT NOT NULL DEFAULT '';             -- who decides; '' is every approver
ALTER TABLE endpoint ADD COLUMN doubt TEXT NOT NULL DEFAULT '';           -- why its end may be wrong
ALTER TABLE endpoint ADD COLUMN verdict TEXT NOT NULL DEFAULT '' CHECK (verdict IN ('', 'approve', 'deny'));
ALTER TABLE endpoint ADD COLUMN decided_by TEXT NOT NULL DEFAULT '';      -- a person, or rule:NAME
ALTER TABLE endpoint ADD COLUMN decided_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE endpoint ADD COLUMN digest TEXT NOT NULL DEFAULT '';          -- of the statement that was decided
ALTER TABLE endpoint ADD COLUMN comment TEXT NOT NULL DEFAULT '';
-- What is the same, each '' where it is not reported: names in lower case, long
-- texts as their digest.
ALTER TABLE endpoint ADD COLUMN user_key TEXT NOT NULL DEFAULT '';
ALTER TABLE endpoint ADD COLUMN file_key TEXT NOT NULL DEFAULT '';
ALTER TABLE endpoint ADD COLUMN hash_key TEXT NOT NULL DEFAULT '';
ALTER TABLE endpoint ADD COLUMN command_key TEXT NOT NULL DEFAULT '';
UPDATE endpoint SET user_key = lower(account);
CREATE INDEX endpoint_user    ON endpoint (user_key, id)    WHERE user_key <> '';
CREATE INDEX endpoint_file    ON endpoint (file_key, id)    WHERE file_key <> '';
CREATE INDEX endpoint_hash    ON endpoint (hash_key, id)    WHERE hash_key <> '';
CREATE INDEX endpoint_command ON endpoint (command_key, id) WHERE command_key <> '';
CREATE INDEX endpoint_unread  ON endpoint (expires_at, id)  WHERE ended_at IS NULL AND complete = 0;

ALTER TABLE device ADD COLUMN outcome TEXT NOT NULL DEFAULT '';
ALTER TABLE device ADD COLUMN verdict TEXT NOT NULL DEFAULT '' CHECK (verdict IN ('', 'approve', 'deny'));
ALTER TABLE device ADD COLUMN decided_by TEXT NOT NULL DEFAULT '';
ALTER TABLE device ADD COLUMN decided_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN comment TEXT NOT NULL DEFAULT '';
CREATE INDEX device_ended ON device (ended_at, id) WHERE ended_at IS NOT NULL;
CREATE INDEX device_seen  ON device (seen_at, id);
CREATE INDEX device_email ON device (email, id);

CREATE INDEX incident_closed   ON incident (id) WHERE closed_at IS NOT NULL;
CREATE INDEX incident_assignee ON incident (assignee, id) WHERE assignee IS NOT NULL;
CREATE INDEX incident_state    ON incident (state, id);

CREATE INDEX operation_endpoint ON operation (endpoint_id) WHERE endpoint_id IS NOT NULL;
CREATE INDEX operation_device   ON operation (device_id) WHERE device_id IS NOT NULL;
