package portal

import (
	"context"
	"time"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// The messages of showing a link.
type (
	revealed struct {
		number model.Number
		link   workflow.Revealed
		err    error
	}
	acknowledged struct {
		number model.Number
		err    error
	}
)

// The ids of the buttons of a link.
const (
	buttonShow = "show"
	buttonHave = "have"
)

// reveal asks whether the link of the request under the cursor is to be shown
// now.
func (r *requests) reveal() tea.Cmd {
	n := r.current()
	c, ok := r.pane.Shown(n)
	if !ok {
		return notice.Warn(string(n) + " is still being read")
	}
	switch link := c.Link; {
	case link == nil:
		return notice.Warn(string(n) + " has no one-time link")
	case r.revealing:
		return notice.Warn("the link is on its way")
	case !link.Waiting && !link.Shown.IsZero():
		return notice.Warn("the link was shown " + widget.Moment(link.Shown, r.core.env.Now(), r.core.env.Zone) + " and is kept nowhere: order another one")
	case !link.Waiting:
		return notice.Warn("the link is gone: order another one")
	}
	if err := c.Can(model.ActReveal); err != nil {
		return notice.Say(tab.NoticeWarn, notice.Cause(err))
	}
	r.core.stack.Push(widget.NewDialog(r.core.env.Theme, widget.DialogOptions{
		Title: append(widget.Words(theme.Strong, "Show the link to "), widget.Show(theme.Strong, visible(c.Target().Label()))),
		Evidence: widget.DetailContent{
			Lead: []widget.Line{widget.Words(theme.Text, "It is shown once, on this screen. Afterwards nobody can read it here any more."),
				widget.Words(theme.Heading, "Whoever has it opens the record with it: look who sees your screen, and know where you will put it.")},
			Sections: []widget.Section{{Facts: []widget.Fact{{Label: "Ends", Value: []widget.Line{r.ends(c.Link.Expires)}}}}},
		},
		Buttons: []widget.Button{{ID: buttonBack, Label: "Not now"}, {ID: buttonShow, Label: "Show it", Confirm: true}},
		Now:     r.core.env.Now,
		Done: func(id string) tea.Cmd {
			if id != buttonShow {
				return nil
			}
			return r.ask(n)
		},
	}))
	return nil
}

// ends is the end of life of a link.
func (r *requests) ends(end time.Time) widget.Line {
	now := r.core.env.Now()
	if end.IsZero() {
		return widget.Words(theme.Heading, "not known")
	}
	return widget.Line{widget.Say(theme.Text, widget.Moment(end, now, r.core.env.Zone)), widget.Say(theme.Faint, ", "+widget.Due(end.Sub(now))+" left")}
}

// ask has the worker open the link for this console.
func (r *requests) ask(n model.Number) tea.Cmd {
	r.revealing = true
	svc, me := r.core.svc, r.core.env.Me.ID
	return r.core.env.Do(func(ctx context.Context) tea.Msg {
		link, err := svc.Reveal(ctx, me, n)
		return revealed{n, link, err}
	})
}

// revealed shows the link, over whatever is on the screen by now.
func (r *requests) revealed(msg revealed) tea.Cmd {
	r.revealing = false
	if msg.err != nil {
		clear(msg.link.Link)
		if r.core.stack.Empty() {
			r.core.tellTrouble("The link was not shown", msg.err)
			return r.reload()
		}
		return tea.Batch(r.reload(), notice.Say(tab.NoticeBad, notice.Cause(msg.err)))
	}
	r.showLink(msg.link)
	return nil
}

// showLink is the one dialog that holds a link. It goes with the dialog: nothing
// else keeps it, and the clipboard never gets it (DESIGN 6). Leaving it by
// accident asks, because it cannot be shown again once it is acknowledged.
func (r *requests) showLink(link workflow.Revealed) {
	text := safetext.Line(string(link.Link))
	r.core.stack.Push(widget.NewDialog(r.core.env.Theme, widget.DialogOptions{
		Title: append(widget.Words(theme.Strong, "The link of "), widget.Show(theme.Strong, visible(string(link.Number)))),
		Evidence: widget.DetailContent{
			Lead: []widget.Line{widget.Foreign(theme.AccentStrong, text)},
			Sections: []widget.Section{{Facts: []widget.Fact{
				{Label: "Ends", Value: []widget.Line{r.ends(link.Expires)}},
				{Label: "Take it", Value: []widget.Line{widget.Words(theme.Text, "Select it with the mouse, with shift held where the console has the mouse. No key copies it.")}},
				{Label: "Then", Value: []widget.Line{{widget.Say(theme.Heading, "it is not kept here; what is known of it is its id, "), widget.Show(theme.Faint, visible(string(link.ID)))}}},
			}}},
		},
		Buttons: []widget.Button{{ID: buttonHave, Label: "I have it", Confirm: true}},
		Width:   linkWidth, Now: r.core.env.Now,
		Done: func(id string) tea.Cmd {
			if id == buttonHave {
				return r.acknowledge(link)
			}
			r.leaveLink(link)
			return nil
		},
	}))
}

// linkWidth is the width of the dialog with a link where the screen has it: most
// links stand in one line then, so that one stroke of the mouse takes them.
const linkWidth = 116

// leaveLink asks whether somebody who goes back really has the link.
func (r *requests) leaveLink(link workflow.Revealed) {
	r.core.stack.Push(widget.NewDialog(r.core.env.Theme, widget.DialogOptions{
		Title:    widget.Words(theme.Strong, "Do you have the link?"),
		Evidence: widget.DetailContent{Lead: []widget.Line{widget.Words(theme.Text, "Once it is closed it is not shown again.")}},
		Buttons:  []widget.Button{{ID: buttonShow, Label: "No, show it again"}, {ID: buttonHave, Label: "I have it", Confirm: true}},
		Now:      r.core.env.Now,
		Done: func(id string) tea.Cmd {
			if id == buttonHave {
				return r.acknowledge(link)
			}
			r.showLink(link)
			return nil
		},
	}))
}

// acknowledge wipes the link and says that it was seen.
func (r *requests) acknowledge(link workflow.Revealed) tea.Cmd {
	clear(link.Link)
	n, svc, me := link.Number, r.core.svc, r.core.env.Me.ID
	return r.core.env.Do(func(ctx context.Context) tea.Msg {
		return acknowledged{n, svc.Acknowledge(ctx, me, n)}
	})
}

func (r *requests) acknowledged(msg acknowledged) tea.Cmd {
	if msg.err != nil {
		return tea.Batch(r.reload(), notice.Say(tab.NoticeBad, append(widget.Words(theme.Bad, "the link still waits: "), notice.Cause(msg.err)...)))
	}
	return tea.Batch(r.reload(), notice.Say(tab.NoticeOK, widget.Words(theme.OK, "the link is not kept here any more")))
}

// waits says that a link waits for the one who ordered it.
func (c *core) waits(l workflow.LinkView) []widget.Line {
	now := c.env.Now()
	return []widget.Line{{widget.Say(theme.AccentStrong, "A link waits for you: u shows it once."),
		widget.Say(theme.Heading, " It lives until "+widget.Moment(l.Expires, now, c.env.Zone)+".")}}
}
