package portal

import (
	"strconv"
	"strings"
	"time"

	"countersign/model"
	"countersign/ui/casepane"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// newPane shows the request that the cursor is on, and over it where it is.
func newPane(c *core) *casepane.Preview {
	p := casepane.NewPreview(c.env, c.svc.Case)
	p.Lead = func(view workflow.CaseView) []widget.Line {
		switch link := view.Link; {
		case len(view.Found) > 0:
			return found(view.Found)
		case link == nil:
			return standing(view)
		case link.Waiting && view.Can(model.ActReveal) == nil:
			return c.waits(*link)
		}
		return nil
	}
	p.After = func(d time.Duration, msg tea.Msg) tea.Cmd { return c.after(d, msg) }
	return p
}

// standing says in a sentence where the request is, for the one who made it.
func standing(c workflow.CaseView) []widget.Line {
	say := func(ink theme.Ink, words string) []widget.Line { return []widget.Line{widget.Words(ink, words)} }
	r := c.Request
	_, granted := c.OpenGrant()
	task, working := c.OpenTask()
	op, flying := c.InFlight()
	switch {
	case r.State == model.Requested && r.NeedsInfo:
		return asked(c)
	case r.State == model.Requested && len(c.Deciders) == 0:
		return say(theme.Warn, "It waits for a decision that nobody known here can give: ask an admin.")
	case r.State == model.Requested:
		return []widget.Line{{widget.Say(theme.Text, inStep(c)+"waits for a decision by "), widget.Show(theme.Strong, visible(either(c.Deciders))), widget.Say(theme.Text, ".")}}
	case r.State == model.InProcess && flying && op.State == model.OpUnknown:
		return say(theme.Warn, "It is approved; whether the vault has done it is being found out.")
	case r.State == model.InProcess && flying:
		return say(theme.OK, "It is approved, and the vault is being told.")
	case r.State == model.InProcess && working && task.Assignee != "":
		return []widget.Line{{widget.Say(theme.OK, "It is approved, and "), widget.Show(theme.Text, visible(c.Name(task.Assignee))),
			widget.Say(theme.OK, " is working on it.")}}
	case r.State == model.InProcess && working:
		return []widget.Line{{widget.Say(theme.OK, "It is approved, and waits for "), widget.Show(theme.Text, visible(string(task.Group))), widget.Say(theme.OK, ".")}}
	case granted:
		return say(theme.OK, "You have it: ] shows My access.")
	}
	return nil
}

// inStep begins the sentence about a request that waits: in which of several steps it
// is.
func inStep(c workflow.CaseView) string {
	if ap, open := c.OpenApproval(); open && len(c.Request.Policy.Steps) > 1 {
		return "Step " + strconv.Itoa(ap.Step) + " of " + strconv.Itoa(len(c.Request.Policy.Steps)) + " "
	}
	return "It "
}

// asked says who waits for an answer to what, and what an answer means.
func asked(c workflow.CaseView) []widget.Line {
	lines := []widget.Line{{widget.Say(theme.Warn, "You were asked for more: "), widget.Say(theme.AccentStrong, "i"), widget.Say(theme.Warn, " answers.")}}
	if q, open := c.Inquiry(); open {
		lines[0] = widget.Line{widget.Show(theme.Strong, visible(c.Name(q.By))), widget.Say(theme.Warn, " asks you for more: "),
			widget.Say(theme.AccentStrong, "i"), widget.Say(theme.Warn, " answers.")}
	}
	if voted(c) {
		lines = append(lines, widget.Words(theme.Faint, "Votes were given before: everybody decides anew on your answer."))
	}
	return lines
}

// either names some of several people, the first of them where they are many.
func either(names []string) string {
	const most = 4
	switch n := len(names); {
	case n > most:
		return strings.Join(names[:most-1], ", ") + " or " + strconv.Itoa(n-most+1) + " others"
	case n > 1:
		return strings.Join(names[:n-1], ", ") + " or " + names[n-1]
	}
	return strings.Join(names, "")
}

// found says what a search was answered with.
func found(hits []model.Hit) []widget.Line {
	lines := []widget.Line{{widget.Say(theme.OK, "This was found for you: "), widget.Say(theme.AccentStrong, "e"), widget.Say(theme.OK, " asks for access.")}}
	for _, h := range hits {
		line := widget.Line{widget.Show(theme.Strong, visible(h.Title)), widget.Say(theme.Text, "  "), widget.Show(theme.Heading, visible(h.Type))}
		if h.Kind == model.TargetFolder {
			line = append(line, widget.Say(theme.Heading, "folder"))
		}
		lines = append(lines, append(line, widget.Say(theme.Text, "  "), widget.Show(theme.Faint, visible(string(h.UID)))))
	}
	return lines
}
