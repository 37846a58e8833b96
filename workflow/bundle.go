package workflow

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"countersign/model"
	"countersign/store"
)

// BundleFile is one file of a support bundle.
type BundleFile struct {
	Name, About string
	Body        []byte
}

// The most that a bundle takes of each: enough to see what led to a failure.
const (
	bundleLines   = 2000
	bundleCalls   = 500
	bundleAudit   = 300
	bundleSpoken  = 5000
	bundleUnknown = 200
)

// SupportBundle is what can be attached to a ticket: versions, health, findings, and
// the latest warnings, calls and entries, without secrets and without anything that
// people or the vault have written (names, addresses, titles, ids, paths). For
// support and admins; it fails with a *model.Denied for others.
func (s *Service) SupportBundle(ctx context.Context, actorID model.PersonID) ([]BundleFile, error) {
	view, err := s.Support(ctx, actorID)
	if err != nil {
		return nil, err
	}
	b := bundle{svc: s, ctx: ctx, actor: actorID}
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		words, err := tx.Spoken(bundleSpoken)
		b.redact = newRedactor(words)
		return err
	})
	for _, part := range []func() error{
		func() error { return b.overview(view) }, func() error { return b.findings(view.Checks) },
		b.log, b.traffic, b.audit, b.unknown,
	} {
		if err != nil {
			return nil, err
		}
		err = part()
	}
	return b.files, err
}

// bundle is a support bundle while it is put together.
type bundle struct {
	svc    *Service
	ctx    context.Context
	actor  model.PersonID
	redact *redactor
	files  []BundleFile
}

func (b *bundle) add(name, about string, body []byte) {
	b.files = append(b.files, BundleFile{Name: name, About: about, Body: body})
}

// overview is what the support page shows beside the findings. What the program says
// of itself is left as it is: a name may be a word of it.
func (b *bundle) overview(v SupportView) error {
	var out strings.Builder
	section := func(name string, facts []model.Fact) {
		fmt.Fprintf(&out, "%s\n", name)
		for _, f := range facts {
			value := f.Value
			if f.Key == serviceFact {
				value = b.redact.clean(value)
			}
			fmt.Fprintf(&out, "  %s: %s\n", f.Key, value)
		}
	}
	section("Program", v.Program)
	h := v.Health
	section("Vault service", []model.Fact{{Key: "state", Value: string(h.State)}, {Key: "cause", Value: b.redact.clean(h.Cause)}, {Key: "latency", Value: h.Latency.String()},
		{Key: "calls in a minute", Value: fmt.Sprintf("%d of %d", h.Used, h.Limit)}, {Key: "since", Value: stamp(h.Since)},
		{Key: "last heard of the worker", Value: stamp(h.Seen)}, {Key: "commands that the key lacks", Value: b.redact.clean(strings.Join(h.Missing, " "))}})
	section("Running", v.Running)
	section("Queue", v.Queue)
	fmt.Fprintf(&out, "Taken %s\n", stamp(b.svc.now()))
	b.add("overview.txt", "versions, health, how many rows", []byte(out.String()))
	return nil
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format(time.RFC3339)
}

// findings are those of doctor.
func (b *bundle) findings(all []Check) error {
	var out strings.Builder
	for _, c := range all {
		fmt.Fprintf(&out, "%-8s %s: %s\n", c.State, c.Name, b.redact.clean(c.Text))
	}
	b.add("findings.txt", "what doctor finds", []byte(out.String()))
	return nil
}

// jsonLines writes one JSON object a line.
func (b *bundle) jsonLines(name, about string, rows []any) error {
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	for _, r := range rows {
		if err := enc.Encode(r); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	b.add(name, about, []byte(out.String()))
	return nil
}

// log takes the latest lines from warnings on.
func (b *bundle) log() error {
	page, err := b.svc.db.LogLines(b.ctx, store.LogQuery{Level: slog.LevelWarn, Span: store.Span{Limit: bundleLines}})
	if err != nil {
		return err
	}
	var rows []any
	for _, l := range page.Rows {
		r := logRow(l)
		fields := map[string]string{}
		for _, f := range r.Fields {
			fields[f.Key] = b.redact.value(f.Key, f.Value)
		}
		rows = append(rows, struct {
			At, Level, Component, Message string
			Fields                        map[string]string `json:",omitempty"`
			Correlation                   string            `json:",omitempty"`
		}{stamp(r.At), r.Level, r.Component, b.redact.clean(r.Message), fields, string(r.Correlation)})
	}
	return b.jsonLines("log.jsonl", "the latest warnings and errors", rows)
}

// traffic takes the latest calls: which command, not with what.
func (b *bundle) traffic() error {
	page, err := b.svc.Traffic(b.ctx, b.actor, Query{Limit: bundleCalls})
	if err != nil {
		return err
	}
	var rows []any
	for _, c := range page.Rows {
		verb, _, _ := strings.Cut(c.Command, " ")
		rows = append(rows, struct {
			At, Command, Outcome    string
			WaitedMillis, RunMillis int64
			Status                  int
			Problem                 string `json:",omitempty"`
			Correlation             string `json:",omitempty"`
		}{stamp(c.At), b.redact.clean(verb), c.Outcome, c.Wait.Milliseconds(), c.Run.Milliseconds(), c.Status, b.redact.clean(c.Error), string(c.Correlation)})
	}
	return b.jsonLines("traffic.jsonl", "the latest calls to the vault: which command, how long, what came of it", rows)
}

// audit takes the latest entries without their texts; people are random ids in it.
func (b *bundle) audit() error {
	page, err := b.svc.Audit(b.ctx, b.actor, Query{Limit: bundleAudit})
	if err != nil {
		return err
	}
	var rows []any
	for _, e := range page.Rows {
		object := e.Object
		if !model.Number(object).Valid() {
			object = "<id>"
		}
		rows = append(rows, struct {
			Seq                int64
			At, Action, Object string
			Detail             string `json:",omitempty"`
			Correlation        string `json:",omitempty"`
		}{e.Seq, stamp(e.At), e.Action, object, b.redact.clean(e.Detail), string(e.Correlation)})
	}
	return b.jsonLines("audit.jsonl", "the latest entries of the audit, without who and without texts", rows)
}

// unknown takes the orders whose outcome is looked for.
func (b *bundle) unknown() error {
	var rows []any
	err := b.svc.db.Read(b.ctx, func(tx *store.Tx) error {
		ops, err := tx.UnknownOperations(bundleUnknown)
		for _, op := range ops {
			rows = append(rows, struct {
				Kind, State, Sent, NextLook string
				Attempts                    int
			}{string(op.Kind), string(op.State), stamp(op.Sent), stamp(op.NextLook), op.Attempts})
		}
		return err
	})
	if err != nil {
		return err
	}
	return b.jsonLines("unknown.jsonl", "orders whose outcome is looked for", rows)
}
