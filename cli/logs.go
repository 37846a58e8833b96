package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"countersign/model"
	"countersign/safetext"
	"countersign/workflow"
)

// logFlags are the flags of `countersign logs`.
type logFlags struct {
	follow, json     bool
	since, until     string
	level, component string
	grep             []string
	limit            int
}

func (a *app) logsCommand() *cobra.Command {
	var f logFlags
	cmd := &cobra.Command{
		Use:   "logs [NUMBER | WORD]...",
		Short: "Read the application log: what the program did",
		Long: `Read the newest lines of the application log, the oldest of them first.

The number of a request, a task or an incident stands for everything that belongs to
it. Words are looked up: each must occur, the last one may be unfinished. What --grep
says must occur as it is, also inside of words; then every line is read, which takes a
second or more for ten million of them.

A time is 14:30, 2026-11-21, "2026-11-21 14:30" or, for so long ago, 2h. With --json
each line is a JSON object. For support and admins.`,
		Example: `# what went wrong in the last two hours
countersign logs --level warn --since 2h
# everything about one request, as it happens
countersign logs REQ0010042 --follow
countersign logs --grep "no answer" --json`,
		Args: cobra.ArbitraryArgs,
	}
	cmd.Flags().BoolVarP(&f.follow, "follow", "f", false, "go on with the lines that come, until interrupted")
	cmd.Flags().BoolVar(&f.json, "json", false, "print a JSON object for each line")
	cmd.Flags().StringVar(&f.since, "since", "", "only lines from `TIME` on")
	cmd.Flags().StringVar(&f.until, "until", "", "only lines before `TIME`")
	cmd.Flags().StringVar(&f.level, "level", "", "only lines of `LEVEL` or above: debug, info, warn, error")
	cmd.Flags().StringVar(&f.component, "component", "", "only lines of `PART` of the program: worker, console, audit")
	cmd.Flags().StringArrayVar(&f.grep, "grep", nil, "only lines with `TEXT` in them, ignoring case; may be repeated")
	cmd.Flags().IntVar(&f.limit, "limit", 100, "print the newest `N` lines")
	cmd.RunE = a.does(func(ctx context.Context, args []string) error {
		return a.with(ctx, func(q *queue, me model.Actor) error { return a.logs(ctx, q, me, args, f) })
	})
	return cmd
}

func (a *app) logs(ctx context.Context, q *queue, me model.Actor, args []string, f logFlags) error {
	if f.limit < 1 {
		return usage("--limit: a number from 1 on is needed")
	}
	query, err := a.logQuery(ctx, q, me, args, f)
	if err != nil {
		return err
	}
	var news <-chan struct{}
	if f.follow {
		// Before the first lines are read, so that none is missed.
		news = q.svc.LogNews(ctx)
	}
	out := logPrinter{app: a, json: f.json}
	rows, top, more, err := readLog(ctx, q.svc, me.ID, query, f.limit)
	if err == nil {
		err = out.print(rows)
	}
	switch {
	case err != nil:
	case more && !f.follow:
		_, err = fmt.Fprintln(a.Err, "there are more: use --limit, --since or a filter")
	case len(rows) == 0 && f.component != "":
		err = a.sayComponents(ctx, q, me, f.component)
	}
	for err == nil && f.follow {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case _, open := <-news:
			if !open {
				return ctx.Err()
			}
		}
		query.Above = top
		if rows, top, _, err = readLog(ctx, q.svc, me.ID, query, 0); err == nil {
			err = out.print(rows)
		}
	}
	return err
}

// sayComponents says which parts of the program there are, where the one that was
// asked for is none.
func (a *app) sayComponents(ctx context.Context, q *queue, me model.Actor, asked string) error {
	names, err := q.svc.LogComponents(ctx, me.ID)
	if err != nil || slices.Contains(names, asked) {
		return err
	}
	_, err = fmt.Fprintf(a.Err, "nothing called %s has said anything; there are %s\n", safetext.Line(asked), safetext.Line(strings.Join(names, ", ")))
	return err
}

// logQuery is what the words and flags ask for.
func (a *app) logQuery(ctx context.Context, q *queue, me model.Actor, args []string, f logFlags) (workflow.Query, error) {
	var query workflow.Query
	for _, word := range args {
		n := model.Number(strings.ToUpper(word))
		if !n.Valid() {
			query.Words = append(query.Words, word)
			continue
		}
		id, err := q.svc.MatterOf(ctx, me.ID, n)
		if err != nil {
			return query, err
		}
		query.Terms = append(query.Terms, workflow.Term{Key: "correlation", Value: string(id)})
	}
	for _, text := range f.grep {
		query.Terms = append(query.Terms, workflow.Term{Key: "exact", Value: text})
	}
	for _, t := range []struct{ flag, key, value string }{
		{"--level", "level", f.level}, {"", "component", f.component}, {"--since", "from", f.since}, {"--until", "to", f.until}} {
		if t.value == "" {
			continue
		}
		query.Terms = append(query.Terms, workflow.Term{Key: t.key, Value: t.value})
	}
	return a.inZone(query)
}

// inZone reads the times of a filter as people here mean them.
func (a *app) inZone(q workflow.Query) (workflow.Query, error) {
	terms := slices.Clone(q.Terms)
	for i, t := range terms {
		if t.Key != "from" && t.Key != "to" {
			continue
		}
		at, err := model.ParseMoment(t.Value, a.Now(), a.Zone)
		if err != nil {
			return q, usage("%v", err)
		}
		terms[i].Value = at.Format(time.RFC3339Nano)
	}
	q.Terms = terms
	return q, nil
}

// readLog reads the newest lines that fit, all of them where most is 0, and returns
// them the oldest first, with the newest line that there was and whether there are
// more.
func readLog(ctx context.Context, svc *workflow.Service, me model.PersonID, q workflow.Query, most int) (rows []workflow.LogRow, top int64, more bool, err error) {
	top = q.Above
	for {
		q.Limit = mostAtOnce
		if most > 0 {
			q.Limit = min(most-len(rows), mostAtOnce)
		}
		page, err := svc.Log(ctx, me, q)
		if err != nil {
			return nil, top, false, err
		}
		if q.After == "" {
			top = max(top, page.Top)
		}
		rows = append(rows, page.Rows...)
		q.After = page.Next
		if q.After == "" || most > 0 && len(rows) >= most {
			break
		}
	}
	if len(rows) > 0 {
		top = max(top, rows[0].ID)
	}
	slices.Reverse(rows)
	return rows, top, q.After != "", nil
}

// logPrinter prints lines of the log.
type logPrinter struct {
	*app
	json bool
}

func (p logPrinter) print(rows []workflow.LogRow) error {
	var b bytes.Buffer
	for _, r := range rows {
		if !p.json {
			p.line(&b, r)
			continue
		}
		if err := writeJSONLine(&b, logLineOf(r)); err != nil {
			return err
		}
	}
	_, err := p.Out.Write(b.Bytes())
	return err
}

// componentWidth is where messages begin.
const componentWidth = 9

func (p logPrinter) line(w io.Writer, r workflow.LogRow) {
	fmt.Fprintf(w, "%s %s %s %s", r.At.In(p.Zone).Format("2006-01-02 15:04:05.000"), safetext.Line(r.Level).Pad(5),
		safetext.Line(r.Component).Pad(componentWidth), safetext.Line(r.Message))
	for _, f := range r.Fields {
		value := f.Value
		if value == "" || strings.ContainsAny(value, " \"") {
			value = fmt.Sprintf("%q", value)
		}
		fmt.Fprintf(w, " %s=%s", safetext.Line(f.Key), safetext.Line(value))
	}
	if r.Correlation != "" {
		fmt.Fprintf(w, " [%s]", safetext.Line(string(r.Correlation)))
	}
	fmt.Fprintln(w)
}

// logLineJSON is a line of the log for programs.
type logLineJSON struct {
	ID          int64               `json:"id"`
	At          time.Time           `json:"at"`
	Level       string              `json:"level"`
	Component   string              `json:"component"`
	Message     string              `json:"message"`
	Fields      map[string]string   `json:"fields,omitempty"`
	Correlation model.CorrelationID `json:"correlation,omitempty"`
}

func logLineOf(r workflow.LogRow) logLineJSON {
	out := logLineJSON{ID: r.ID, At: r.At.UTC(), Level: r.Level, Component: r.Component, Message: r.Message, Correlation: r.Correlation}
	if len(r.Fields) > 0 {
		out.Fields = map[string]string{}
	}
	for _, f := range r.Fields {
		out.Fields[f.Key] = f.Value
	}
	return out
}

// writeJSONLine is writeJSON in one line.
func writeJSONLine(w io.Writer, v any) error {
	var plain bytes.Buffer
	enc := json.NewEncoder(&plain)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	_, err := w.Write(escapeHidden(plain.Bytes()))
	return err
}

func (a *app) trafficCommand() *cobra.Command {
	return a.listOf("traffic [FILTER]...", "List the commands sent to the vault, secrets masked", []listing{{
		name: "commands", about: "the newest first", keys: []string{"outcome", "from", "to", "correlation"},
		head: []string{"TIME", "COMMAND", "WAITED", "RAN", "HTTP", "OUTCOME", "REQUEST ID", "ERROR"},
		read: a.readTraffic,
	}}, `countersign traffic outcome:failed from:yesterday
countersign traffic share-record --json`, nil)
}

func (a *app) readTraffic(ctx context.Context, svc *workflow.Service, me model.PersonID, q workflow.Query) ([]entry, workflow.Cursor, error) {
	q, err := a.inZone(q)
	if err != nil {
		return nil, "", err
	}
	p, err := svc.Traffic(ctx, me, q)
	return each(p.Rows, func(r workflow.TrafficRow) entry {
		status := ""
		if r.Status != 0 {
			status = fmt.Sprint(r.Status)
		}
		return entry{[]string{a.second(r.At), r.Command, r.Wait.Round(time.Millisecond).String(), r.Run.Round(time.Millisecond).String(),
			status, r.Outcome, r.ServiceID, r.Error}, trafficOf(r)}
	}), p.Next, err
}

// second is a moment to the second, for what follows one another closely.
func (a *app) second(t time.Time) string { return t.In(a.Zone).Format("2006-01-02 15:04:05") }

type trafficJSON struct {
	ID          int64               `json:"id"`
	At          time.Time           `json:"at"`
	Command     string              `json:"command"` // secrets masked
	WaitedMS    int64               `json:"waited_ms"`
	RanMS       int64               `json:"ran_ms"`
	Status      int                 `json:"http,omitempty"`
	Outcome     string              `json:"outcome"`
	ServiceID   string              `json:"service_id,omitempty"`
	Error       string              `json:"error,omitempty"`
	Correlation model.CorrelationID `json:"correlation,omitempty"`
}

func trafficOf(r workflow.TrafficRow) trafficJSON {
	return trafficJSON{ID: r.ID, At: r.At.UTC(), Command: r.Command, WaitedMS: r.Wait.Milliseconds(), RanMS: r.Run.Milliseconds(),
		Status: r.Status, Outcome: r.Outcome, ServiceID: r.ServiceID, Error: r.Error, Correlation: r.Correlation}
}
