package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"countersign/model"
	"countersign/workflow"
)

// brokenChain says that the audit chain does not hold.
type brokenChain struct{ workflow.ChainState }

func (e *brokenChain) Error() string { return "the audit chain is broken: " + e.Problem }

func (a *app) auditCommand() *cobra.Command {
	audit := group("audit", "Check the history that nobody can rewrite unseen", "")
	var asJSON bool
	verify := &cobra.Command{
		Use:   "verify",
		Short: "Read the whole audit chain and compare it with the exported heads",
		Long: `Read the whole audit chain and compare it with the heads in audit-heads.log.
Entries after the newest exported head could have been cut off unseen.

For support and admins.`,
		Args: none,
	}
	verify.Flags().BoolVar(&asJSON, "json", false, "print the finding as JSON")
	verify.RunE = a.does(func(ctx context.Context, _ []string) error {
		return a.with(ctx, func(q *queue, me model.Actor) error { return a.verifyAudit(ctx, q, me, asJSON) })
	})
	audit.AddCommand(verify)
	return audit
}

func (a *app) verifyAudit(ctx context.Context, q *queue, me model.Actor, asJSON bool) error {
	chain, err := q.svc.VerifyAudit(ctx, me.ID)
	if err != nil {
		return err
	}
	switch {
	case asJSON:
		err = writeJSON(a.Out, struct {
			Intact  bool   `json:"intact"`
			Entries int64  `json:"entries"`
			Head    string `json:"head"`
			BadSeq  int64  `json:"bad_seq,omitempty"`
			Problem string `json:"problem,omitempty"`
		}{chain.Intact, chain.Entries, chain.Head, chain.BadSeq, chain.Problem})
	case chain.Intact:
		_, err = fmt.Fprintf(a.Out, "intact: %d entries\nhead: %s\n", chain.Entries, chain.Head)
	}
	if err == nil && !chain.Intact {
		err = &brokenChain{chain}
	}
	return err
}
