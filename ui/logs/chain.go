package logs

import (
	"context"
	"fmt"
	"time"

	"countersign/safetext"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
	"github.com/dustin/go-humanize"
)

// patience is how long a check of the chain may take; a million entries need
// seconds.
const patience = 5 * time.Minute

// chain is what is known of the audit chain.
type chain struct {
	checking bool
	at       time.Time // of the last check, zero if there was none
	state    workflow.ChainState
	err      error
}

// verified ends a check.
type verified struct {
	at    time.Time
	state workflow.ChainState
	err   error
}

// verify starts a check unless one runs.
func (t *Tab) verify() tea.Cmd {
	if t.chain.checking {
		return nil
	}
	t.chain.checking = true
	t.views[audit].setNote(t.chain.line(t))
	me := t.env.Me.ID
	return t.env.DoFor(patience, func(ctx context.Context) tea.Msg {
		state, err := t.svc.VerifyAudit(ctx, me)
		return verified{at: t.env.Now(), state: state, err: err}
	})
}

func (c *chain) take(m verified) { *c = chain{at: m.at, state: m.state, err: m.err} }

// line says how the chain stands, and when that was found.
func (c *chain) line(t *Tab) widget.Line {
	switch {
	case c.checking:
		return widget.Words(theme.Note, "checking the chain…")
	case c.at.IsZero():
		return widget.Words(theme.Note, "chain not checked · V checks it")
	case c.err != nil:
		return widget.Line{widget.Say(theme.Warn, "▲ the chain could not be checked: "), widget.Show(theme.Warn, safetext.Line(c.err.Error()))}
	case !c.state.Intact:
		broken := "▲ chain broken: "
		if c.state.BadSeq > 0 { // otherwise the fault is not in one entry
			broken = fmt.Sprintf("▲ chain broken at entry %d: ", c.state.BadSeq)
		}
		return widget.Line{widget.Say(theme.BadStrong, broken), widget.Show(theme.Bad, safetext.Line(c.state.Problem))}
	}
	l := widget.Words(theme.OK, fmt.Sprintf("✓ chain intact: %s entries at %s",
		humanize.Comma(c.state.Entries), c.at.In(t.env.Zone).Format("15:04")))
	switch {
	case len(c.state.Unfinished) > 0: // audit verify names its folder
		return append(l, widget.Say(theme.Warn, " · a restore has not come to its end"))
	case c.state.Signed == 0:
		return append(l, widget.Say(theme.Warn, " · none signed"))
	case c.state.Signed < c.state.Entries:
		return append(l, widget.Say(theme.Note, " · signed to "+humanize.Comma(c.state.Signed)))
	}
	return append(l, widget.Say(theme.OK, " · signed"))
}
