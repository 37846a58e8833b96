-- Many people: approval policies, delegation, the console over SSH, privacy.

-- Approval policies.

-- Keys and sessions.

-- Logs, checkpoints and privacy.
