package workflow

import (
	"crypto/rand"
	"strings"

	"countersign/model"
	"countersign/store"
)

// change is one thing that happened, for the audit chain and the timeline alike.
type change struct {
	by          model.PersonID
	object      model.Number
	correlation model.CorrelationID
	action      string // of the audit: "request.approve"
	detail      string // without personal text
	texts       []model.AuditText
	says        []string // lines of the timeline, in the order they happened
}

// record writes a change into the audit chain and the timeline. It belongs in
// the same transaction as the change itself.
func record(tx *store.Tx, c change) error {
	err := tx.AppendAudit(model.AuditEvent{Actor: c.by, Action: c.action, Object: string(c.object),
		Detail: c.detail, Texts: c.texts, Correlation: c.correlation})
	if err != nil {
		return err
	}
	for _, text := range c.says {
		if err := say(tx, c.object, c.by, model.EntryEvent, text); err != nil {
			return err
		}
	}
	return nil
}

// say adds a line to a timeline.
func say(tx *store.Tx, object model.Number, by model.PersonID, kind model.EntryKind, text string) error {
	return tx.AppendEntry(model.Entry{Object: string(object), At: tx.Now, By: by, Kind: kind, Text: text})
}

// The attributes of a log line that are more than its fields (store.LogHandler).
const (
	LogCorrelation = store.LogCorrelation
	LogPerson      = store.LogPerson
)

// NewCorrelation returns a random id for what is about no request.
func NewCorrelation() model.CorrelationID { return newCorrelation() }

// newCorrelation returns a random id that ties the traces of one request
// together.
func newCorrelation() model.CorrelationID {
	return model.CorrelationID(strings.ToLower(rand.Text()[:13]))
}

// newPlan returns a random id for the operations of one plan.
func newPlan() string { return strings.ToLower(rand.Text()[:13]) }
