package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"countersign/model"
	"countersign/safetext"
	"countersign/workflow"
)

func (a *app) auditCompareCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "compare FILE",
		Short: "Say what a restored queue does not know, and what the vault shows of it",
		Long: `Read an export of the audit that is newer than the backup which the queue was restored
from (audit export, as JSON lines; - is standard input), and say of everything that it
names after the backup how it is in this queue, what the vault shows of it now, and what
is to be done. The worker looks into the vault, so it has to run. Nothing is changed.

What came after the export's last entry, nobody can know. Kept with --texts, an export
also tells for whom the requests were that are not here any more.

For admins.`,
		Example: `countersign audit compare /mnt/elsewhere/audit.jsonl`,
		Args:    one("FILE"),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = a.does(func(ctx context.Context, args []string) error {
		return a.with(ctx, func(q *queue, me model.Actor) error { return a.compareAudit(ctx, q, me, args[0], asJSON) })
	})
	return cmd
}

func (a *app) compareAudit(ctx context.Context, q *queue, me model.Actor, path string, asJSON bool) error {
	in, err := a.export(path)
	if err != nil {
		return err
	}
	defer in.Close()
	c, err := q.svc.CompareAudit(ctx, me.ID, in)
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(a.Out, comparisonOf(c))
	}
	return a.printComparison(c)
}

// export opens an export that is named, or given on standard input.
func (a *app) export(path string) (io.ReadCloser, error) {
	switch {
	case path == "-":
		return io.NopCloser(a.In), nil
	case a.Remote:
		return nil, &usageError{"files of the host are not read for you", "give it on standard input: audit compare -"}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, usage("%v", err)
	}
	return f, nil
}

func (a *app) printComparison(c workflow.Comparison) error {
	var b strings.Builder
	line := func(indent, format string, args ...any) {
		fmt.Fprintf(&b, "%s%s\n", indent, safetext.Line(fmt.Sprintf(format, args...)))
	}
	line("", "restored at %s to entry %d of the audit; the export goes to entry %d of %s", a.second(c.Restore.At), c.Known, c.Last, a.second(c.LastAt))
	if c.Signed > 0 {
		line("", "the export is signed to entry %d by %s", c.Signed, c.Key)
	}
	for _, o := range c.Objects {
		b.WriteByte('\n')
		line("", "%s", o.Object)
		for _, e := range o.Entries {
			line("  ", "%s  %s  %s  %s", a.second(e.At), e.Who, e.Action, e.Detail)
			for _, t := range e.Texts {
				line("      ", "%s: %s", t.Name, t.Text)
			}
		}
		line("  ", "here:  %s", o.Here)
		if o.Vault != "" {
			line("  ", "vault: %s", o.Vault)
		}
		line("  ", "do:    %s", o.Advice)
	}
	b.WriteByte('\n')
	line("", "after entry %d (%s) nobody can know what was acknowledged: ask people, and look at what the vault reports", c.Last, a.second(c.LastAt))
	_, err := io.WriteString(a.Out, b.String())
	return err
}

type comparisonJSON struct {
	RestoredAt time.Time        `json:"restored_at"`
	Known      int64            `json:"known_seq"`
	Last       int64            `json:"last_seq"`
	LastAt     time.Time        `json:"last_at"`
	Signed     int64            `json:"signed_seq,omitempty"`
	Key        string           `json:"key,omitempty"`
	Objects    []lostObjectJSON `json:"objects"`
}

type lostObjectJSON struct {
	Object  string          `json:"object"`
	Entries []lostEntryJSON `json:"entries"`
	Here    string          `json:"here"`
	Vault   string          `json:"vault,omitempty"`
	Advice  string          `json:"do"`
}

type lostEntryJSON struct {
	Seq    int64             `json:"seq"`
	At     time.Time         `json:"at"`
	Who    string            `json:"who"`
	Action string            `json:"action"`
	Detail string            `json:"detail,omitempty"`
	Texts  map[string]string `json:"texts,omitempty"`
}

func comparisonOf(c workflow.Comparison) comparisonJSON {
	out := comparisonJSON{RestoredAt: c.Restore.At.UTC(), Known: c.Known, Last: c.Last, LastAt: c.LastAt.UTC(), Signed: c.Signed, Key: c.Key,
		Objects: []lostObjectJSON{}}
	for _, o := range c.Objects {
		lost := lostObjectJSON{Object: o.Object, Here: o.Here, Vault: o.Vault, Advice: o.Advice}
		for _, e := range o.Entries {
			entry := lostEntryJSON{Seq: e.Seq, At: e.At.UTC(), Who: e.Who, Action: e.Action, Detail: e.Detail}
			if len(e.Texts) > 0 {
				entry.Texts = map[string]string{}
			}
			for _, t := range e.Texts {
				entry.Texts[t.Name] = t.Text
			}
			lost.Entries = append(lost.Entries, entry)
		}
		out.Objects = append(out.Objects, lost)
	}
	return out
}
