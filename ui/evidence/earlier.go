package evidence

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"
)

// foundCells is how much of what a hint was found in is shown; all of it stands
// under its key.
const foundCells = 160

// hints explain what is odd. They never decide, and that there are none says
// nothing.
func hints(hs []model.Hint) widget.Section {
	var lines []widget.Line
	for _, h := range hs {
		lines = append(lines, widget.Line{widget.Say(theme.WarnStrong, "▲ "), widget.Show(theme.Text, safetext.Line(h.Says))})
		if h.Found == "" {
			continue
		}
		where := widget.Line{widget.Say(theme.Faint, "in ")}
		if h.Key != "" {
			where = append(where, widget.Show(theme.Faint, safetext.Line(h.Key)), widget.Say(theme.Faint, ": "))
		}
		lines = append(lines, append(where, widget.Show(theme.Heading, safetext.Line(h.Found).CutCount(foundCells))))
	}
	if lines == nil {
		lines = []widget.Line{widget.Words(theme.Faint, "nothing was noticed, which proves nothing")}
	}
	return widget.Section{Facts: []widget.Fact{{Label: "Hints", Value: lines}}}
}

// before says how requests like it ended.
func (o Options) before(h workflow.EndpointHistory) widget.Section {
	var lines []widget.Line
	if h.FirstSeen {
		lines = append(lines, widget.Words(theme.WarnStrong, "first time that this file and this command are seen"))
	}
	for _, e := range []struct {
		name string
		e    workflow.Earlier
	}{{"same user", h.User}, {"same file", h.File}, {"same hash", h.Hash}, {"same command", h.Command}} {
		lines = append(lines, o.earlier(e.name, e.e)...)
	}
	return widget.Section{Facts: []widget.Fact{{Label: "Before", Value: lines}}}
}

func (o Options) earlier(name string, e workflow.Earlier) []widget.Line {
	head := widget.Say(theme.Heading, name+" ")
	switch {
	case e.Key == "":
		return []widget.Line{{head, widget.Say(theme.Faint, "not reported")}}
	case e.Total == 0:
		return []widget.Line{{head, widget.Say(theme.Warn, "never seen before")}}
	}
	line := widget.Line{head}
	add := func(ink theme.Ink, n int, words string) {
		if n == 0 {
			ink = theme.Faint
		}
		if len(line) > 1 {
			line = append(line, widget.Say(theme.Faint, " · "))
		}
		line = append(line, widget.Say(ink, fmt.Sprintf("%d %s", n, words)))
	}
	add(theme.OK, e.Approved, "approved")
	add(theme.Bad, e.Denied, "denied")
	for _, more := range []struct {
		n     int
		words string
	}{{e.Elsewhere, "elsewhere"}, {e.Expired, "expired"}, {e.Waiting, "waiting"}} {
		if more.n > 0 {
			add(theme.Heading, more.n, more.words)
		}
	}
	if e.Total >= workflow.EarlierCap {
		line = append(line, widget.Say(theme.Faint, fmt.Sprintf(" of the latest %d", workflow.EarlierCap)))
	}
	lines := []widget.Line{line}
	if !e.Last.IsZero() {
		last := widget.Line{widget.Say(theme.Faint, "last "), widget.Say(theme.Faint, e.LastState.Words())}
		if e.LastBy != "" {
			last = append(last, widget.Say(theme.Faint, " by "), widget.Show(theme.Faint, safetext.Line(e.LastBy)))
		}
		lines = append(lines, append(last, widget.Say(theme.Faint, " "+o.clock(e.Last))))
	}
	if len(e.By) > 1 {
		lines = append(lines, widget.Line{widget.Say(theme.Faint, "by "), widget.Show(theme.Faint, safetext.Line(tally(e.By)))})
	}
	return lines
}

// tally lists who decided how many, the busiest first.
func tally(by map[string]int) string {
	logins := slices.SortedFunc(maps.Keys(by), func(a, b string) int {
		return cmp.Or(cmp.Compare(by[b], by[a]), strings.Compare(a, b))
	})
	var parts []string
	for _, login := range logins {
		parts = append(parts, fmt.Sprintf("%s %d", login, by[login]))
	}
	return strings.Join(parts, ", ")
}
