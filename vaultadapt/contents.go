package vaultadapt

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"countersign/model"
	"countersign/vaultclient"
	"countersign/workflow"
)

// Check reports why an order could not be sent even to the newest vault service;
// its error is a sentence for people. It makes no call.
func Check(order workflow.Order) error {
	m, err := mutation(order)
	if err != nil {
		return err
	}
	return vaultclient.Check(m)
}

// Stored implements workflow.Vault.
func (v *Vault) Stored(ctx context.Context, order workflow.Order, uid model.UID) (model.RecordFacts, error) {
	m, err := mutation(order)
	wanted, ok := m.(vaultclient.RecordAdd)
	if err != nil || !ok {
		// Without the sealed answers it cannot be compared.
		return v.Record(ctx, uid)
	}
	defer v.traffic.during(ctx, uid)()
	now, err := v.as(ctx).GetSecrets(ctx, vaultclient.UID(uid))
	if err != nil {
		return model.RecordFacts{}, explain(err)
	}
	facts := recordFacts(uid, now.Record)
	if found := wanted.VerifyStored(now); found.Standing != vaultclient.Stands {
		facts.Unlike = found.Text
	}
	return facts, nil
}

// Content implements workflow.Vault.
func (v *Vault) Content(ctx context.Context, uid model.UID) (model.RecordContent, error) {
	defer v.traffic.during(ctx, uid)()
	if err := v.as(ctx).SyncDown(ctx); err != nil {
		return model.RecordContent{}, explain(err)
	}
	now, err := v.as(ctx).GetSecrets(ctx, vaultclient.UID(uid))
	if err != nil {
		return model.RecordContent{}, explain(err)
	}
	out := model.RecordContent{Facts: recordFacts(uid, now.Record), Values: map[string]string{}}
	if notes := now.Secrets.Notes.Reveal(); notes != "" {
		out.NoteLines = strings.Count(notes, "\n") + 1
	}
	for _, f := range model.RecordFields(now.Record.Type) {
		text := v.text(f, now.Secrets)
		switch {
		case text == "":
		case f.Secret():
			out.Held = append(out.Held, f.Key)
		default:
			out.Values[f.Key] = text
		}
	}
	return out, nil
}

// text is what a field holds, as it would be answered in a form; "" if nothing.
func (v *Vault) text(f model.Field, held vaultclient.Secrets) string {
	value, ok := held.Value(fieldOf(f.Vault))
	if !ok || value.IsZero() {
		return ""
	}
	text := value.Reveal()
	var parts map[string]string
	switch f.Kind {
	case model.FieldDate:
		var ms int64
		if json.Unmarshal([]byte(text), &ms) != nil {
			return ""
		}
		return time.UnixMilli(ms).In(v.zone).Format(time.DateOnly)
	case model.FieldHostPort, model.FieldName:
		if json.Unmarshal([]byte(text), &parts) != nil {
			return ""
		}
	}
	switch f.Kind {
	case model.FieldHostPort:
		return model.JoinHostPort(parts["hostName"], parts["port"])
	case model.FieldName:
		return strings.Join(strings.Fields(parts["first"]+" "+parts["middle"]+" "+parts["last"]), " ")
	}
	return text
}

// fieldOf is a field by its name in the catalog: its type, and its label behind
// a dot.
func fieldOf(name string) vaultclient.Field {
	f := vaultclient.Field{}
	f.Type, f.Label, _ = strings.Cut(name, ".")
	return f
}
