package store

import (
	"time"

	"countersign/model"
)

const grantColumns = `g.id, g.request_id, r.number, g.person, g.email, g.target, g.rights, g.since, g.until,
	g.standing, g.state, g.revision, g.updated_at, g.note, g.link, g.team, g.checked_at, g.drift, g.opened_at`

const grantTables = " FROM access_grant g JOIN request r ON r.id = g.request_id"

func grantInto(g *model.Grant) []any {
	return []any{number(&g.ID), number(&g.RequestID), text(&g.Number), text(&g.Person), text(&g.Email), parsed(&g.Target),
		text(&g.Right), moment(&g.Since), moment(&g.Until), parsed(&g.Standing), text(&g.State), number(&g.Revision),
		moment(&g.Updated), text(&g.Note), text(&g.Link), text(&g.Team), moment(&g.Checked), text(&g.Drift), moment(&g.Opened)}
}

// Grant returns a grant and whether there is one.
func (t *Tx) Grant(id int64) (model.Grant, bool, error) {
	g, found, err := one(t, grantInto, "SELECT "+grantColumns+grantTables+" WHERE g.id = $1", id)
	return g, found, wrap(err, "read grant %d", id)
}

// InsertGrant stores a grant and returns its id.
func (t *Tx) InsertGrant(g model.Grant) (int64, error) {
	target, err := document(g.Target)
	if err != nil {
		return 0, err
	}
	standing, err := document(g.Standing)
	if err != nil {
		return 0, err
	}
	id, err := t.insert(`INSERT INTO access_grant (request_id, person, email, email_key, target, target_uid, rights, since, until,
			standing, state, open, revision, created_at, updated_at, note, link, team, kind, title)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1, $13, $14, $15, $16, $17, $18, $19) RETURNING id`,
		g.RequestID, textOrNull(g.Person), g.Email, emailKey(g.Email), target, string(g.Target.UID), string(g.Right),
		micros(g.Since), microsOrNever(g.Until), standing, string(g.State), bit(g.State.Open()),
		micros(t.Now), micros(t.Now), g.Note, string(g.Link), g.Team, string(g.Target.Kind), g.Target.Title)
	return id, wrap(err, "store grant for %s", g.Email)
}

// UpdateGrant writes everything about a grant that can change and raises its
// revision. It reports false if the stored revision is not g's.
func (t *Tx) UpdateGrant(g model.Grant) (bool, error) {
	standing, err := document(g.Standing)
	if err != nil {
		return false, err
	}
	changed, err := t.changed(`UPDATE access_grant SET rights = $1, since = $2, until = $3, standing = $4, state = $5, open = $6,
			revision = revision + 1, updated_at = $7, note = $8
		WHERE id = $9 AND revision = $10`,
		string(g.Right), micros(g.Since), microsOrNever(g.Until), standing, string(g.State), bit(g.State.Open()),
		micros(t.Now), g.Note, g.ID, g.Revision)
	return changed, wrap(err, "change grant %d", g.ID)
}

// CheckGrant notes that a grant was compared with the vault, and what the vault
// shows instead, "" where it is as it should be. It is no change of the grant.
func (t *Tx) CheckGrant(id int64, drift string) error {
	_, err := t.exec("UPDATE access_grant SET checked_at = $1, drift = $2 WHERE id = $3 AND open = 1", micros(t.Now), drift, id)
	return wrap(err, "note the check of grant %d", id)
}

// OpenedLink notes when the link of a grant was first used. It is no change of the
// grant.
func (t *Tx) OpenedLink(id int64, at time.Time) error {
	_, err := t.exec("UPDATE access_grant SET opened_at = $1 WHERE id = $2 AND opened_at IS NULL", micros(at), id)
	return wrap(err, "note the opening of the link of grant %d", id)
}

// LinksToFollow returns up to n open grants of one-time links that were not
// looked at since a moment, the longest ago first.
func (t *Tx) LinksToFollow(since time.Time, n int) ([]model.Grant, error) {
	all, err := collect(t, grantInto, "SELECT "+grantColumns+grantTables+
		" WHERE g.open = 1 AND g.link <> '' AND g.checked_at < $1 ORDER BY g.checked_at, g.id LIMIT $2", micros(since), n)
	return all, wrap(err, "read links to follow")
}

// GrantsToCheck returns up to n open grants that were not compared with the
// vault since a moment, the longest ago first. One-time links are followed by
// themselves, and what waits for an invitation cannot be compared.
func (t *Tx) GrantsToCheck(since time.Time, n int) ([]model.Grant, error) {
	all, err := collect(t, grantInto, "SELECT "+grantColumns+grantTables+
		" WHERE g.open = 1 AND g.link = '' AND g.state = 'active' AND g.checked_at < $1 ORDER BY g.checked_at, g.id LIMIT $2", micros(since), n)
	return all, wrap(err, "read grants to check")
}

// EndedGrants returns up to n open grants whose time is over, the longest over
// first.
func (t *Tx) EndedGrants(n int) ([]model.Grant, error) {
	all, err := collect(t, grantInto, "SELECT "+grantColumns+grantTables+
		" WHERE g.open = 1 AND g.until <= $1 ORDER BY g.until, g.id LIMIT $2", micros(t.Now), n)
	return all, wrap(err, "read ended grants")
}

// OpenGrantsOn returns everything that anybody has on a target through us, the
// oldest first.
func (t *Tx) OpenGrantsOn(target model.UID) ([]model.Grant, error) {
	all, err := collect(t, grantInto, "SELECT "+grantColumns+grantTables+
		" WHERE g.target_uid = $1 AND g.open = 1 ORDER BY g.until, g.id", string(target))
	return all, wrap(err, "read grants on %s", target)
}

// OpenGrants returns everything that an address has on a target through us, the
// newest first. One-time links are not among it: they belong to no address.
func (t *Tx) OpenGrants(target model.UID, email string) ([]model.Grant, error) {
	all, err := collect(t, grantInto, "SELECT "+grantColumns+grantTables+
		" WHERE g.target_uid = $1 AND g.email_key = $2 AND g.open = 1 AND g.link = '' ORDER BY g.id DESC", string(target), emailKey(email))
	return all, wrap(err, "read grants on %s", target)
}

// OpenGrant returns what an address has on a target through us, and whether it
// has anything. The newest wins where there are several.
func (t *Tx) OpenGrant(target model.UID, email string) (model.Grant, bool, error) {
	g, found, err := one(t, grantInto, "SELECT "+grantColumns+grantTables+
		" WHERE g.target_uid = $1 AND g.email_key = $2 AND g.open = 1 AND g.link = '' ORDER BY g.id DESC LIMIT 1",
		string(target), emailKey(email))
	return g, found, wrap(err, "read grant on %s", target)
}
