package casepane

import (
	"time"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"
)

// Row is a request in a list, with what the list knows about its name.
type Row struct {
	workflow.RequestRow
	Mixed bool     // its title mixes scripts
	Alike []string // other titles of the list that look like its own
	// Security is the endpoint request or the device that stands there instead of a
	// request; nil in all other rows.
	Security *workflow.WaitingRow
	// Review is the emergency approval that the row is about, in a list of those; nil
	// in all other rows.
	Review *workflow.ReviewRow
}

// Rows finds the names in a list that deceive (SCREENS, Foreign text).
func Rows(requests []workflow.RequestRow) []Row {
	titles := make([]string, len(requests))
	for i, r := range requests {
		titles[i] = Title(r)
	}
	alike := safetext.LookAlikes(titles)
	rows := make([]Row, len(requests))
	for i, r := range requests {
		rows[i] = Row{RequestRow: r, Mixed: safetext.MixedScripts(titles[i]) != nil, Alike: alike[titles[i]]}
	}
	return rows
}

// Deceives reports whether the name needs a second look.
func (r Row) Deceives() bool { return r.Mixed || len(r.Alike) > 0 }

// Title names what a request is about, as shortly as it can be named; foreign
// text.
func Title(r workflow.RequestRow) string {
	if r.Title != "" {
		return r.Title
	}
	return r.Target.Label()
}

// Wants is what is asked for in one short word, for the lists of requests and
// tasks: the right, or what else is given or made. Only what cannot be taken
// back stands out. The detail has the right's whole name.
func Wants(item model.ItemKey, right model.Right) widget.Line {
	switch {
	case item == model.ItemOneTimeShare:
		return widget.Words(theme.Accent, "link")
	case item == model.ItemSearchRecord, item == model.ItemSearchFolder:
		return widget.Words(theme.Accent, "search")
	case item == model.ItemRevoke:
		return widget.Words(theme.Warn, "take")
	case right == model.RightNone:
		return widget.Words(theme.Accent, "join")
	case right == model.RightManageUsers:
		return widget.Words(theme.Accent, "users")
	case right == model.RightManageRecords:
		return widget.Words(theme.Accent, "records")
	case right == "":
		return widget.Words(theme.Accent, "store")
	case right.Owner():
		return widget.Words(theme.Warn, "owner")
	case right == model.RightEditShare:
		return widget.Words(theme.Accent, "edit+share")
	}
	return widget.Foreign(theme.Accent, safetext.Line(string(right)))
}

// Has is the word of Wants for what somebody has already: who joined is a member.
func Has(item model.ItemKey, right model.Right) widget.Line {
	if right == model.RightNone {
		return widget.Words(theme.Accent, "member")
	}
	return Wants(item, right)
}

// Lasts is how long an access lasts, for the same lists; nothing where none is
// asked for. The longest end is 30 days away, so that no year is needed.
func Lasts(a model.Access, now time.Time, zone *time.Location) widget.Line {
	switch {
	case a.Right == "":
		return nil
	case a.Limit.IsPermanent():
		return widget.Words(theme.Warn, "permanent")
	case a.Limit.Length() > 0:
		return widget.Words(theme.Text, a.Limit.String())
	}
	end, now := a.Limit.End(now).In(zone), now.In(zone)
	if end.YearDay() == now.YearDay() && end.Year() == now.Year() {
		return widget.Words(theme.Text, "to "+end.Format("15:04"))
	}
	return widget.Words(theme.Text, "to "+end.Format("2 Jan"))
}

// Subject names what a request is about, for the same lists: the title, the item
// in front of it where something would be made, and the words of who asked where
// they only described it. A name that deceives carries a mark.
func Subject(r Row) widget.Line {
	var line widget.Line
	if r.Deceives() {
		line = append(line, say(theme.WarnStrong, "▲ "))
	}
	ink := theme.Text
	switch item, found := model.FindItem(r.Item); {
	case r.Item == model.ItemRevoke:
	case r.Asked.Right == "" && found:
		line = append(line, say(theme.Text, item.Name+": "))
	case !r.Target.Named() && r.Target.Described != "":
		ink = theme.Quote
	}
	line = append(line, show(ink, Title(r.RequestRow)))
	if r.Target.Kind == model.TargetFolder && r.Target.Named() && r.Asked.Right != "" {
		line = append(line, say(theme.Text, " (folder)"))
	}
	return line
}
