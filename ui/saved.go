package ui

import (
	"context"
	"errors"
	"slices"

	"countersign/safetext"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// savedViews are the filters that the person keeps, as they were read; says is what
// was done to them before.
type savedViews struct {
	views []workflow.SavedView
	says  string
	err   error
}

// loadSaved reads the filters that the person keeps, after what is to be done to
// them.
func (a *App) loadSaved(says string, do func(ctx context.Context) error) tea.Cmd {
	s := a.session
	return s.own(s.env.Do(func(ctx context.Context) tea.Msg {
		if do != nil {
			if err := do(ctx); err != nil {
				return savedViews{err: err}
			}
		}
		views, err := a.opts.Service.SavedViews(ctx, s.env.Me.ID)
		return savedViews{views, says, err}
	}))
}

func (a *App) takeSaved(msg savedViews) {
	switch {
	case errors.Is(msg.err, context.Canceled):
	case msg.err != nil:
		a.notice.show(a.logged(tab.Notice{Kind: tab.NoticeBad, Text: widget.Foreign(theme.Text, safetext.Line(msg.err.Error()))}), a.frameEnv.Now())
	default:
		a.session.saved = msg.views
		if msg.says != "" {
			a.notice.show(tab.Notice{Kind: tab.NoticeOK, Text: widget.Words(theme.OK, msg.says)}, a.frameEnv.Now())
		}
	}
}

// filterable reports whether what is in front has a list that can be filtered.
func (a *App) filterable() bool {
	front, ok := a.session.tab().(tab.Refiltered)
	return ok && front.Filterable()
}

// savedActions offer the filters that are kept for the tab in front, and to keep or
// forget the one in force.
func (a *App) savedActions() []widget.Action {
	s := a.session
	front, ok := s.tab().(tab.Refiltered)
	if !ok || !a.filterable() {
		return nil
	}
	name := title(s.front)
	if s.paged {
		name = peopleTitle
	}
	var list []widget.Action
	views, at := s.tab().Views()
	now := workflow.SavedView{Screen: name + " · " + views[at].Name, Filter: front.Filter()}
	for n, v := range views {
		for _, kept := range s.saved {
			if kept.Screen == name+" · "+v.Name && kept != now {
				list = append(list, widget.Action{Title: "show " + v.Name + " / " + kept.Filter, Run: func() tea.Cmd {
					var show tea.Cmd
					if n != at {
						show = s.own(s.tab().SetView(n))
					}
					return tea.Batch(show, s.own(front.SetFilter(kept.Filter)))
				}})
			}
		}
	}
	switch {
	case now.Filter == "":
	case slices.Contains(s.saved, now):
		list = append(list, widget.Action{Title: "forget the filter " + now.Filter, Run: func() tea.Cmd {
			return a.loadSaved("forgotten", func(ctx context.Context) error { return a.opts.Service.ForgetView(ctx, s.env.Me.ID, now) })
		}})
	default:
		list = append(list, widget.Action{Title: "keep the filter " + now.Filter, Run: func() tea.Cmd {
			return a.loadSaved("kept among the commands", func(ctx context.Context) error { return a.opts.Service.SaveView(ctx, s.env.Me.ID, now) })
		}})
	}
	return list
}
