package workflow

import (
	"context"
	"fmt"
	"time"

	"countersign/model"
	"countersign/store"
)

// Visit is a session over SSH, as the audit keeps it.
type Visit struct {
	Connection  string // ties what is recorded of one connection together
	From        string // address
	Fingerprint string // of the key
	Certificate string // "" for a bare key
	Command     string // the first word of a command, "" for a console
	// Lasted and Why are known at its end.
	Lasted time.Duration
	Why    string
}

// BeginVisit records that somebody has opened a console over SSH. Who is disabled
// does not.
func (s *Service) BeginVisit(ctx context.Context, actorID model.PersonID, v Visit) error {
	return s.db.Write(ctx, func(tx *store.Tx) error {
		me, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		return recordVisit(tx, me.Person, "session.begin", v.what(), v)
	})
}

// EndVisit records that a session has ended, after how long and why. It does not
// matter any more whether the person may be here.
func (s *Service) EndVisit(ctx context.Context, actorID model.PersonID, v Visit) error {
	return s.db.Write(ctx, func(tx *store.Tx) error {
		p, _, err := tx.Person(actorID)
		if err != nil {
			return err
		}
		detail := fmt.Sprintf("%s; after %s", v.what(), v.Lasted.Round(time.Millisecond))
		if v.Why != "" {
			detail += "; " + v.Why
		}
		return recordVisit(tx, p, "session.end", detail, v)
	})
}

func (v Visit) what() string {
	if v.Command == "" {
		return "console"
	}
	return "command " + v.Command
}

func recordVisit(tx *store.Tx, p model.Person, action, detail string, v Visit) error {
	texts := []model.AuditText{{Name: "login", Text: p.Login}, {Name: "from", Text: v.From}, {Name: "key", Text: v.Fingerprint}}
	if v.Certificate != "" {
		texts = append(texts, model.AuditText{Name: "certificate", Text: v.Certificate})
	}
	return record(tx, change{by: p.ID, object: model.Number(p.ID), action: action, detail: detail, texts: texts,
		correlation: model.CorrelationID(v.Connection)})
}

// recordKey records that a key of somebody came or went.
func recordKey(tx *store.Tx, by model.PersonID, p model.Person, action string, key model.PublicKey) error {
	return record(tx, change{by: by, object: model.Number(p.ID), action: action, detail: key.Kind,
		texts: []model.AuditText{{Name: "login", Text: p.Login}, {Name: "key", Text: key.Fingerprint()}, {Name: "note", Text: key.Note}}})
}
