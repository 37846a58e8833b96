package logs

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"countersign/model"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"
)

// Helping is what the pages behind the lists ask of the workflow.
type Helping interface {
	// Support may take seconds: it reads the whole audit.
	Support(ctx context.Context, actor model.PersonID) (workflow.SupportView, error)
	SupportBundle(ctx context.Context, actor model.PersonID) ([]workflow.BundleFile, error)
	Privacy(ctx context.Context, actor model.PersonID) ([]workflow.Holding, error)
}

// newSupport is the support page: what is wrong on top, then what the program is
// and runs on, then what is as it should be (SCREENS, Logs).
func newSupport(env *tab.Env, svc Helping) *sheet {
	me := env.Me.ID
	return newSheet(env, "Support", []widget.Column[leaf]{
		{Title: "STATE", Width: 5, Cell: cell(0)},
		{Title: "WHAT", Width: 20, Cell: cell(1)},
		{Title: "FINDING", Width: 20, Flex: 1, Key: true, Cell: cell(2)},
	}, func(ctx context.Context) ([]leaf, widget.Line, error) {
		v, err := svc.Support(ctx, me)
		if err != nil {
			return nil, nil, err
		}
		files, err := svc.SupportBundle(ctx, me)
		if err != nil {
			return nil, nil, err
		}
		return supportRows(v, files), tally(v.Checks), nil
	})
}

// supportRows puts what is as it should be behind everything else.
func supportRows(v workflow.SupportView, files []workflow.BundleFile) []leaf {
	calm := slices.IndexFunc(v.Checks, func(c workflow.Check) bool { return c.State == workflow.CheckOK })
	if calm < 0 {
		calm = len(v.Checks)
	}
	named := map[string]int{}
	finding := func(c workflow.Check) leaf {
		named[c.Name]++
		return finding(c, named[c.Name])
	}
	var rows []leaf
	for _, c := range v.Checks[:calm] {
		rows = append(rows, finding(c))
	}
	rows = append(rows, factsRow("program", "Versions", "countersign "+valueOf(v.Program, "countersign"), v.Program), vaultRow(v.Health),
		factsRow("running", "Running", inOneLine(v.Running), v.Running),
		factsRow("queue", "Queue", valueOf(v.Queue, "Rows of request")+" requests", v.Queue), bundleRow(files))
	for _, c := range v.Checks[calm:] {
		rows = append(rows, finding(c))
	}
	return rows
}

// state is how a finding is, in a word as well as in its ink.
func state(s workflow.CheckState) widget.Line {
	switch s {
	case workflow.CheckBad:
		return widget.Words(theme.BadStrong, "wrong")
	case workflow.CheckWarn:
		return widget.Words(theme.WarnStrong, "look")
	}
	return widget.Words(theme.OK, "ok")
}

// finding is the row of a check, the nth of its name: of groups there are several.
func finding(c workflow.Check, nth int) leaf {
	content := widget.DetailContent{Title: foreign(theme.Strong, c.Name), Right: state(c.State),
		Sections: []widget.Section{{Facts: []widget.Fact{{Label: "Finding", Value: paragraphs(theme.Text, c.Text)}}}}}
	if c.Remedy != "" {
		content.Sections = append(content.Sections, widget.Section{Facts: []widget.Fact{{Label: "What to do", Value: paragraphs(theme.Strong, c.Remedy)}}})
	}
	ink := theme.Text
	if c.State == workflow.CheckOK {
		ink = theme.Heading
	}
	return leaf{id: fmt.Sprint(c.Name, " ", nth), cells: []widget.Line{state(c.State), foreign(theme.Heading, c.Name), foreign(ink, c.Text)}, content: content}
}

// valueOf is the value of the fact with the key, "no" where there is none.
func valueOf(facts []model.Fact, key string) string {
	for _, f := range facts {
		if f.Key == key {
			return f.Value
		}
	}
	return "no"
}

// inOneLine is all facts in a line.
func inOneLine(facts []model.Fact) string {
	var said []string
	for _, f := range facts {
		said = append(said, f.Key+" "+f.Value)
	}
	return strings.Join(said, "  ")
}

// factsRow shows facts in the detail, and what is said of them in the row.
func factsRow(id, name, said string, facts []model.Fact) leaf {
	content := widget.DetailContent{Title: widget.Words(theme.Strong, name)}
	section := widget.Section{}
	for _, f := range facts {
		section.Facts = append(section.Facts, labelled(f.Key, theme.Text, f.Value))
	}
	if len(facts) == 0 {
		said = "nothing"
		section.Facts = []widget.Fact{{Value: []widget.Line{widget.Words(theme.Faint, "nothing")}}}
	}
	content.Sections = []widget.Section{section}
	return leaf{id: id, cells: []widget.Line{nil, widget.Words(theme.Heading, name), foreign(theme.Text, said)}, content: content}
}

func vaultRow(h model.Health) leaf {
	facts := []widget.Fact{labelled("State", theme.Text, string(h.State))}
	for _, f := range []struct{ label, value string }{{"Cause", h.Cause}, {"What to do", h.Advice}, {"Version", h.Version}} {
		if f.value != "" {
			facts = append(facts, labelled(f.label, theme.Text, f.value))
		}
	}
	facts = append(facts, labelled("Calls", theme.Text, fmt.Sprintf("%d of %d in the last minute", h.Used, h.Limit)))
	if h.State == model.HealthConnected {
		facts = append(facts, labelled("Latency", theme.Text, h.Latency.String()))
	}
	facts = append(facts, prose("By command", theme.Heading, "countersign doctor asks the service itself, command by command"))
	return leaf{id: "vault", cells: []widget.Line{nil, widget.Words(theme.Heading, "Vault service"), foreign(theme.Text, string(h.State))},
		content: widget.DetailContent{Title: widget.Words(theme.Strong, "Vault service"), Sections: []widget.Section{{Facts: facts}}}}
}

// bundleRow lists what a bundle would hold. It is written by command, where one
// says into which file.
func bundleRow(files []workflow.BundleFile) leaf {
	var facts []widget.Fact
	all := 0
	for _, f := range files {
		all += len(f.Body)
		facts = append(facts, prose(f.Name, theme.Text, f.About, strconv.Itoa(len(f.Body))+" bytes"))
	}
	content := widget.DetailContent{Title: widget.Words(theme.Strong, "Bundle for a ticket"),
		Lead: []widget.Line{widget.Words(theme.Text, "countersign support bundle FILE"),
			widget.Words(theme.Heading, "writes all this into one file that only you can read. There is no secret in it, and nothing that people or the vault have written: names, addresses, titles, ids and paths are taken out.")},
		Sections: []widget.Section{{Title: "It would hold", Ruled: true, Facts: facts}}}
	return leaf{id: "bundle", cells: []widget.Line{nil, widget.Words(theme.Heading, "Bundle"),
		widget.Words(theme.Text, fmt.Sprintf("%d files, %d KiB, to attach to a ticket", len(files), (all+1023)/1024))}, content: content}
}

// tally says under the rows how many findings need a look.
func tally(checks []workflow.Check) widget.Line {
	var bad, warn int
	for _, c := range checks {
		switch c.State {
		case workflow.CheckBad:
			bad++
		case workflow.CheckWarn:
			warn++
		}
	}
	line := widget.Words(theme.Note, fmt.Sprintf("%d checks", len(checks)))
	if bad > 0 {
		line = append(line, widget.Say(theme.Note, " · "), widget.Say(theme.Bad, fmt.Sprintf("%d wrong", bad)))
	}
	if warn > 0 {
		line = append(line, widget.Say(theme.Note, " · "), widget.Say(theme.Warn, fmt.Sprintf("%d to look at", warn)))
	}
	if bad+warn == 0 {
		line = append(line, widget.Say(theme.Note, " · "), widget.Say(theme.OK, "all is well"))
	}
	return line
}
