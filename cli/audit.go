package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"countersign/model"
	"countersign/safetext"
	"countersign/store"
	"countersign/workflow"
)

// brokenChain says that the audit chain does not hold.
type brokenChain struct{ workflow.ChainState }

func (e *brokenChain) Error() string { return "the audit chain is broken: " + e.Problem }

func (a *app) auditCommand() *cobra.Command {
	audit := group("audit", "Read, check and export the history that nobody can rewrite unseen", "")
	audit.AddCommand(a.listOf("list [FILTER]...", "List who did what to which object", []listing{{
		name: "entries", about: "the newest first", keys: []string{"who", "action", "object", "from", "to"},
		head: []string{"ENTRY", "TIME", "WHO", "WHAT", "OBJECT", "DETAIL"}, read: a.readAudit,
	}}, `countersign audit list object:REQ0010042
countersign audit list who:dana action:request.approve from:yesterday --json`, nil))
	audit.AddCommand(a.auditVerifyCommand(), a.auditExportCommand(), a.auditCompareCommand())
	return audit
}

func (a *app) readAudit(ctx context.Context, svc *workflow.Service, me model.PersonID, q workflow.Query) ([]entry, workflow.Cursor, error) {
	q, err := a.inZone(q)
	if err != nil {
		return nil, "", err
	}
	p, err := svc.Audit(ctx, me, q)
	return each(p.Rows, func(r workflow.AuditRow) entry {
		who := r.Who
		if r.Actor == model.System {
			who = "the program"
		}
		return entry{[]string{strconv.FormatInt(r.Seq, 10), a.second(r.At), who, r.Action, cmp.Or(r.Whom, r.Object), r.Detail}, auditOf(r)}
	}), p.Next, err
}

type auditJSON struct {
	Seq         int64               `json:"seq"`
	At          time.Time           `json:"at"`
	Actor       model.PersonID      `json:"actor"`
	Who         string              `json:"who,omitempty"`
	Action      string              `json:"action"`
	Object      string              `json:"object"`
	Whom        string              `json:"whom,omitempty"` // the login of the person that it is
	Detail      string              `json:"detail,omitempty"`
	Texts       map[string]string   `json:"texts,omitempty"`
	Erased      bool                `json:"erased,omitempty"`
	Correlation model.CorrelationID `json:"correlation,omitempty"`
	Hash        string              `json:"hash"`
}

func auditOf(r workflow.AuditRow) auditJSON {
	out := auditJSON{Seq: r.Seq, At: r.At.UTC(), Actor: r.Actor, Who: r.Who, Action: r.Action, Object: r.Object, Whom: r.Whom, Detail: r.Detail,
		Erased: r.Erased, Correlation: r.Correlation, Hash: r.Hash}
	if len(r.Texts) > 0 {
		out.Texts = map[string]string{}
	}
	for _, t := range r.Texts {
		out.Texts[t.Name] = t.Text
	}
	return out
}

// verifyFlags are the flags of `countersign audit verify`.
type verifyFlags struct {
	json       bool
	heads, key string
}

func (a *app) auditVerifyCommand() *cobra.Command {
	var f verifyFlags
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Read the whole audit chain and compare it with its checkpoints",
		Long: `Read the whole audit chain, make every hash again, and compare it with the signed
checkpoints: those in audit-heads.log beside the queue, and those in --heads FILE,
which were kept elsewhere. A file of heads and an export both will do; - is standard
input.

What this shows, and what it cannot: an entry that was changed, swapped, put in or
taken out is found, and so is an end that was cut off before the newest checkpoint.
Entries after it could have been cut off unseen. Whoever can read audit.key, which is
the account that made it and root, can write a whole new chain and sign it: only
checkpoints kept out of their reach, and the key's fingerprint that was noted, show
that. So give both: --heads and --key.

For support and admins.`,
		Example: `countersign audit verify --heads /mnt/elsewhere/audit-heads.log --key SHA256:4vT2…`,
		Args:    none,
	}
	cmd.Flags().BoolVar(&f.json, "json", false, "print the finding as JSON")
	cmd.Flags().StringVar(&f.heads, "heads", "", "compare with the checkpoints in `FILE` as well; - is standard input")
	cmd.Flags().StringVar(&f.key, "key", "", "the checkpoints have to be signed by the key with `FINGERPRINT`")
	cmd.RunE = a.does(func(ctx context.Context, _ []string) error {
		return a.with(ctx, func(q *queue, me model.Actor) error { return a.verifyAudit(ctx, q, me, f) })
	})
	return cmd
}

func (a *app) verifyAudit(ctx context.Context, q *queue, me model.Actor, f verifyFlags) error {
	kept, err := a.keptHeads(f.heads)
	if err != nil {
		return err
	}
	chain, err := q.svc.VerifyAuditAgainst(ctx, me.ID, kept)
	if err != nil {
		return err
	}
	if f.key != "" && chain.Intact && chain.Key != f.key {
		chain.Intact, chain.Problem = false, "no checkpoint is signed by the key "+f.key
		if chain.Key != "" {
			chain.Problem = fmt.Sprintf("its checkpoints are signed by the key %s, not by %s", chain.Key, f.key)
		}
	}
	switch {
	case f.json:
		err = writeJSON(a.Out, chainOf(chain))
	case chain.Intact:
		err = a.printChain(chain)
	}
	if err == nil && !chain.Intact {
		err = &brokenChain{chain}
	}
	return err
}

// keptHeads reads checkpoints that were kept elsewhere.
func (a *app) keptHeads(path string) ([]store.AuditHead, error) {
	var in io.Reader
	switch {
	case path == "":
		return nil, nil
	case path == "-":
		in = a.In
	case a.Remote:
		return nil, &usageError{"--heads: files of the host are not read for you", "give them on standard input: --heads -"}
	default:
		f, err := os.Open(path)
		if err != nil {
			return nil, usage("--heads: %v", err)
		}
		defer f.Close()
		in = f
	}
	heads, _, err := store.ParseAuditHeads(in)
	switch {
	case err != nil:
		return nil, usage("--heads: %v", err)
	case len(heads) == 0:
		return nil, usage("--heads: there is no checkpoint in %s", path)
	}
	return heads, nil
}

type chainJSON struct {
	Intact      bool      `json:"intact"`
	Entries     int64     `json:"entries"`
	Head        string    `json:"head"`
	BadSeq      int64     `json:"bad_seq,omitempty"`
	Problem     string    `json:"problem,omitempty"`
	Erased      int64     `json:"erased_texts"`
	Checkpoints int       `json:"checkpoints"`
	Unreadable  int       `json:"unreadable_checkpoints,omitempty"`
	Signed      int64     `json:"signed_seq"`
	SignedAt    time.Time `json:"signed_at,omitzero"`
	Key         string    `json:"key,omitempty"`
	Unfinished  []string  `json:"unfinished_restores,omitempty"`
}

func chainOf(c workflow.ChainState) chainJSON {
	return chainJSON{Intact: c.Intact, Entries: c.Entries, Head: c.Head, BadSeq: c.BadSeq, Problem: c.Problem, Erased: c.Erased,
		Checkpoints: c.Checkpoints, Unreadable: c.Unreadable, Signed: c.Signed, SignedAt: moment(c.SignedAt), Key: c.Key, Unfinished: c.Unfinished}
}

func (a *app) printChain(c workflow.ChainState) error {
	if _, err := fmt.Fprintf(a.Out, "intact: %d entries\nhead: %s\n", c.Entries, c.Head); err != nil {
		return err
	}
	if c.Signed > 0 {
		if _, err := fmt.Fprintf(a.Out, "signed: entry %d at %s by %s, the newest of %d checkpoints\n", c.Signed, a.second(c.SignedAt),
			safetext.Line(c.Key), c.Checkpoints); err != nil {
			return err
		}
	}
	if c.Erased > 0 {
		if _, err := fmt.Fprintf(a.Out, "erased: %s of people; the commitments to them stand\n", counted(c.Erased, "text")); err != nil {
			return err
		}
	}
	if c.Unreadable > 0 {
		fmt.Fprintf(a.Err, "%s: %d lines of audit-heads.log make no sense\n", name, c.Unreadable)
	}
	for _, dir := range c.Unfinished {
		fmt.Fprintf(a.Err, "%s: a restore has not come to its end, and may have taken checkpoints away: compare with them by --heads %s, then do it again\n", name,
			safetext.Line(filepath.Join(dir, "audit-heads.log")))
	}
	switch {
	case c.Entries > 0 && c.Signed == 0:
		fmt.Fprintf(a.Err, "%s: nothing is signed: entries at the end could have been cut off unseen\n", name)
	case c.Signed < c.Entries:
		fmt.Fprintf(a.Err, "%s: entries after %d are not signed yet: some could have been cut off unseen\n", name, c.Signed)
	}
	return nil
}
