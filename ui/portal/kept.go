package portal

import (
	"context"

	"countersign/model"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// The answers about drafts that are kept in the queue.
type (
	draftLoaded struct {
		form  *form
		draft workflow.Draft
		found bool
	}
	draftSaved struct {
		form  *form
		edits int
		err   error
	}
)

// load asks for what was kept of an item's form when it was left in another
// session. Where that cannot be read the form is an empty one.
func (f *form) load() tea.Cmd {
	svc, me, item := f.core.svc, f.core.env.Me.ID, f.item.Key
	return f.core.env.Do(func(ctx context.Context) tea.Msg {
		d, found, err := svc.LoadDraft(ctx, me, item)
		return draftLoaded{f, d, found && err == nil}
	})
}

// loaded fills in a draft of before, unless the person has begun already.
func (f *form) loaded(msg draftLoaded) tea.Cmd {
	if !msg.found || f.edits > 0 {
		return nil
	}
	cmd := f.fill(msg.draft)
	f.kept, f.keptEdits = true, f.edits
	return tea.Batch(cmd, notice.Say(tab.NoticeOK, widget.Words(theme.OK, "as you left it before; Start anew empties it")))
}

// keep stores what is filled in, without its secrets, so that it outlasts the
// session; what was emptied is forgotten.
func (f *form) keep() tea.Cmd {
	switch {
	case f.sends, f.kept && f.keptEdits == f.edits:
		return nil
	case !f.halfWritten() && !f.kept:
		return nil
	case !f.halfWritten():
		f.kept = false
		return f.core.drop(f.item.Key)
	}
	svc, me, d, edits := f.core.svc, f.core.env.Me.ID, f.draft(), f.edits
	return f.core.env.Do(func(ctx context.Context) tea.Msg {
		return draftSaved{f, edits, svc.SaveDraft(ctx, me, d)}
	})
}

// saved notes what is kept now. Where it was not, leaving the session asks.
func (f *form) saved(msg draftSaved) {
	if msg.err == nil {
		f.kept, f.keptEdits = true, msg.edits
	}
}

// atRisk reports whether leaving the session would lose something: what has not
// been kept, and secrets, which never are.
func (f *form) atRisk() bool {
	if !f.halfWritten() {
		return false
	}
	if !f.kept || f.keptEdits != f.edits {
		return true
	}
	for _, a := range f.answers {
		if a.Sealed() {
			return true
		}
	}
	return false
}

// drop forgets what was kept of an item's form.
func (c *core) drop(item model.ItemKey) tea.Cmd {
	svc, me := c.svc, c.env.Me.ID
	return c.env.Do(func(ctx context.Context) tea.Msg {
		if err := svc.DropDraft(ctx, me, item); err != nil {
			return tab.Notice{Kind: tab.NoticeWarn, Text: append(widget.Words(theme.Warn, "the kept draft was not removed: "), notice.Cause(err)...)}
		}
		return nil
	})
}
