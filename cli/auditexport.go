package cli

import (
	"bufio"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"countersign/model"
	"countersign/safetext"
	"countersign/store"
)

// exportFlags are the flags of `countersign audit export`.
type exportFlags struct {
	format   string
	from, to string
	after    int64
	texts    bool
}

func (a *app) auditExportCommand() *cobra.Command {
	var f exportFlags
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Print the audit chain with its checkpoints, for other programs",
		Long: `Print the audit chain, the oldest entry first, with the signed checkpoints behind the
entries that they sign. The end of the chain is signed anew before.

  jsonl  a JSON object in each line, with all that the hashes are made of: the one
         form that can be verified without this program (docs/verify-audit.py)
  csv    for spreadsheets: what a spreadsheet would run as a formula begins with '
  cef    for systems that collect events (ArcSight's Common Event Format)

Entries name people by random ids, and by login where they are known still. What people
wrote, such as reasons and comments, is left out: --texts adds it, and that is itself
an entry of the audit.

The key that signs lies in audit.key beside the queue and belongs to the account that
made it. Whoever can read it can forge checkpoints, so keep exports where they cannot
write.

For support and admins.`,
		Example: `countersign audit export > audit.jsonl && python3 docs/verify-audit.py audit.jsonl
# what came since entry 4711
countersign audit export --format cef --after 4711`,
		Args: none,
	}
	cmd.Flags().StringVar(&f.format, "format", "jsonl", "print as `FORMAT`: jsonl, csv or cef")
	cmd.Flags().StringVar(&f.from, "from", "", "only entries from `TIME` on")
	cmd.Flags().StringVar(&f.to, "to", "", "only entries before `TIME`")
	cmd.Flags().Int64Var(&f.after, "after", 0, "only entries after number `N`")
	cmd.Flags().BoolVar(&f.texts, "texts", false, "with the personal texts that are still kept; only in jsonl")
	cmd.RunE = a.does(func(ctx context.Context, _ []string) error {
		return a.with(ctx, func(q *queue, me model.Actor) error { return a.exportAudit(ctx, q, me, f) })
	})
	return cmd
}

// auditWriter writes an export in one of its formats.
type auditWriter interface {
	begin(made time.Time, span store.AuditSpan) error
	entry(r store.AuditRecord, who string) error
	checkpoint(h store.AuditHead) error
	end(entries, checkpoints int) error
}

func (a *app) exportAudit(ctx context.Context, q *queue, me model.Actor, f exportFlags) error {
	span, err := a.auditSpan(f)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(a.Out, 1<<16)
	w, err := auditWriterFor(f.format, out)
	if err != nil {
		return err
	}
	if err := w.begin(a.Now(), span); err != nil {
		return err
	}
	login := q.svc.Logins(ctx)
	var newest store.AuditHead
	entries, checkpoints, last := 0, 0, int64(0)
	unsigned, err := q.svc.ExportAudit(ctx, me.ID, span, func(e store.AuditExport) error {
		if e.Checkpoint != nil {
			newest = *e.Checkpoint
			checkpoints++
			return w.checkpoint(newest)
		}
		entries, last = entries+1, e.Entry.Seq
		who, err := login(e.Entry.By())
		if err != nil {
			return err
		}
		return w.entry(*e.Entry, who)
	})
	if err == nil {
		err = w.end(entries, checkpoints)
	}
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(a.Err, "%s: exported %d entries and %d checkpoints", name, entries, checkpoints)
	if newest.Seq > 0 {
		fmt.Fprintf(a.Err, ", signed to entry %d by %s", newest.Seq, safetext.Line(newest.Fingerprint()))
	}
	fmt.Fprintln(a.Err)
	if unsigned != nil {
		fmt.Fprintf(a.Err, "%s: the end of the chain could not be signed: %s\n", name, safetext.Line(unsigned.Error()))
	}
	switch {
	case newest.Seq == 0 && last > 0:
		fmt.Fprintf(a.Err, "%s: none of them is signed: that some are missing at the end would not be seen\n", name)
	case newest.Seq < last:
		fmt.Fprintf(a.Err, "%s: the entries after %d are not signed: that some are missing at the end would not be seen\n", name, newest.Seq)
	}
	return nil
}

func (a *app) auditSpan(f exportFlags) (store.AuditSpan, error) {
	span := store.AuditSpan{After: f.after, Texts: f.texts}
	var err error
	if f.texts && f.format != "jsonl" {
		return span, usage("--texts: only --format jsonl holds the texts of entries")
	}
	if f.from != "" {
		if span.From, err = model.ParseMoment(f.from, a.Now(), a.Zone); err != nil {
			return span, usage("--from: %v", err)
		}
	}
	if f.to != "" {
		if span.To, err = model.ParseMoment(f.to, a.Now(), a.Zone); err != nil {
			return span, usage("--to: %v", err)
		}
	}
	return span, nil
}

func auditWriterFor(format string, out io.Writer) (auditWriter, error) {
	switch format {
	case "jsonl":
		return jsonLines{out}, nil
	case "csv":
		return sheet{csv.NewWriter(out)}, nil
	case "cef":
		return events{out}, nil
	}
	return nil, usage("--format: %q is none of jsonl, csv, cef", format)
}

// rfc3339 is a time to the microsecond, as the chain keeps it.
func rfc3339(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

// jsonLines writes what can be verified.
type jsonLines struct{ out io.Writer }

func (w jsonLines) begin(made time.Time, span store.AuditSpan) error {
	return writeJSONLine(w.out, struct {
		Type    string    `json:"type"`
		Format  int       `json:"format"`
		Version string    `json:"version"`
		Made    string    `json:"made"`
		From    time.Time `json:"from,omitzero"`
		To      time.Time `json:"to,omitzero"`
		After   int64     `json:"after,omitempty"`
	}{"export", 1, version(), rfc3339(made), span.From, span.To, span.After})
}

func (w jsonLines) entry(r store.AuditRecord, who string) error {
	return writeJSONLine(w.out, struct {
		Type string `json:"type"`
		Time string `json:"time"`
		Who  string `json:"who,omitempty"`
		store.AuditRecord
	}{"entry", rfc3339(r.Time()), who, r})
}

func (w jsonLines) checkpoint(h store.AuditHead) error {
	return writeJSONLine(w.out, struct {
		Type string `json:"type"`
		store.AuditHead
	}{"checkpoint", h})
}

// end lets a file that was cut short be seen as such.
func (w jsonLines) end(entries, checkpoints int) error {
	return writeJSONLine(w.out, struct {
		Type        string `json:"type"`
		Entries     int    `json:"entries"`
		Checkpoints int    `json:"checkpoints"`
	}{"end", entries, checkpoints})
}

// sheet writes CSV that a spreadsheet opens without running anything in it.
type sheet struct{ w *csv.Writer }

func (s sheet) begin(time.Time, store.AuditSpan) error {
	return s.row("type", "entry", "time", "who", "actor", "action", "object", "detail", "correlation", "previous hash", "hash", "key", "signature")
}

func (s sheet) entry(r store.AuditRecord, who string) error {
	return s.row("entry", strconv.FormatInt(r.Seq, 10), rfc3339(r.Time()), who, r.Actor, r.Action, r.Object, r.Detail, r.Correlation, r.Prev, r.Hash, "", "")
}

func (s sheet) checkpoint(h store.AuditHead) error {
	return s.row("checkpoint", strconv.FormatInt(h.Seq, 10), rfc3339(h.At), "", "", "", "", "", "", "", h.Hash, h.Key, h.Sig)
}

func (s sheet) end(int, int) error {
	s.w.Flush()
	return s.w.Error()
}

func (s sheet) row(cells ...string) error {
	for i, c := range cells {
		cells[i] = cellText(c)
	}
	return s.w.Write(cells)
}

// cellText is a text for a spreadsheet: on one line, with what is hidden made
// visible, and marked as text where the program would take it for a formula.
func cellText(s string) string {
	s = safetext.Line(s).String()
	if strings.IndexAny(strings.TrimLeft(s, " "), "=+-@|%＝＋－＠") == 0 {
		return "'" + s
	}
	return s
}

// events writes one line of the Common Event Format for each entry.
type events struct{ out io.Writer }

func (events) begin(time.Time, store.AuditSpan) error { return nil }
func (events) end(int, int) error                     { return nil }

func (w events) entry(r store.AuditRecord, who string) error {
	return w.event(r.Action, r.Action+" of "+r.Object, severity(r.Action), r.Time(), []extension{
		{"", "act", r.Action}, {"", "suid", r.Actor}, {"", "suser", who}, {"", "msg", r.Detail}, {"", "externalId", strconv.FormatInt(r.Seq, 10)},
		{"object", "cs1", r.Object}, {"correlation", "cs2", r.Correlation}, {"hash", "cs3", r.Hash}, {"previousHash", "cs4", r.Prev},
	})
}

func (w events) checkpoint(h store.AuditHead) error {
	return w.event("audit.checkpoint", "signed end of the audit chain", 1, h.At, []extension{
		{"", "act", "audit.checkpoint"}, {"", "externalId", strconv.FormatInt(h.Seq, 10)}, {"hash", "cs3", h.Hash},
		{"key", "cs5", h.Key}, {"signature", "cs6", h.Sig},
	})
}

// extension is one key of an event with its value; it is left out without one. A key
// that means nothing by itself is labelled.
type extension struct{ label, key, value string }

func (w events) event(class, says string, severity int, at time.Time, extensions []extension) error {
	var b strings.Builder
	fmt.Fprintf(&b, "CEF:0|countersign|countersign|%s|%s|%s|%d|rt=%d", headText(version()), headText(class), headText(says), severity, at.UnixMilli())
	for _, e := range extensions {
		if e.value == "" {
			continue
		}
		if e.label != "" {
			fmt.Fprintf(&b, " %sLabel=%s", e.key, e.label)
		}
		fmt.Fprintf(&b, " %s=%s", e.key, extensionText(e.value))
	}
	_, err := fmt.Fprintln(w.out, b.String())
	return err
}

// severity tells what a collector may want to look at from what is daily work, from
// 0 to 10.
func severity(action string) int {
	for _, part := range []string{"emergency", "unknown", "refused", "drift", "erase", "export"} {
		if strings.Contains(action, part) {
			return 6
		}
	}
	return 3
}

// headText escapes what ends a field of the head. Both kinds of text are on one line
// with what is hidden made visible, so that no line break is left to escape.
func headText(s string) string {
	return strings.NewReplacer(`\`, `\\`, "|", `\|`).Replace(safetext.Line(s).String())
}

// extensionText escapes what would begin another key.
func extensionText(s string) string {
	return strings.NewReplacer(`\`, `\\`, "=", `\=`).Replace(safetext.Line(s).String())
}
