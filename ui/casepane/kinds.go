package casepane

import (
	"strconv"
	"strings"

	"countersign/model"
	"countersign/ui/theme"
	"countersign/ui/widget"
)

// shares reports whether the request asks for access to what is there already, so
// that it matters what somebody has. A link gives nobody a share.
func (p *pane) shares() bool {
	return p.c.Item.Grants() && p.c.Request.Item != model.ItemOneTimeShare && p.c.Request.Asked.Right != ""
}

// member is what somebody with a right on a folder is called.
func member(r model.Right) string {
	switch r {
	case model.RightNone:
		return "member"
	case model.RightManageUsers:
		return "member who manages users"
	case model.RightManageRecords:
		return "member who manages records"
	case model.RightAll:
		return "member who manages users and records"
	}
	return string(r)
}

// means says what a right allows where its name does not, "" where it does.
func (p *pane) means(r model.Right) string {
	switch {
	case p.c.Request.Item == model.ItemOneTimeShare && r == model.RightEdit:
		return "whoever has the link sees and edits the record"
	case p.c.Request.Item == model.ItemOneTimeShare:
		return "whoever has the link sees the record"
	case !r.OnFolder():
		return ""
	case r == model.RightNone:
		return "a member, who manages nothing"
	case r == model.RightManageUsers:
		return "a member, who also adds and removes members"
	case r == model.RightManageRecords:
		return "a member, who also adds and removes records"
	}
	return "a member, who also adds and removes members and records"
}

// answer is the answer to a field of the form, and what it means where that is
// not plain.
func (p *pane) answer(field, v string) []widget.Line {
	lines := block(theme.Text, v)
	after := func(words string) []widget.Line {
		lines[len(lines)-1] = append(lines[len(lines)-1], say(theme.Heading, words))
		return lines
	}
	f, _ := p.c.Item.Field(field)
	if g, ok := model.ParseGenerate(v); ok && len(f.Generators()) > 0 {
		return append([]widget.Line{widget.Words(theme.OK, g.Words())}, lines[0].In(theme.Faint))
	}
	switch {
	case field == model.FieldShareIt && model.Right(v).Owner():
		return append([]widget.Line{lines[0].In(theme.WarnStrong)}, widget.Words(theme.Warn, "the new record belongs to the requestor then"))
	case field == model.FieldShareIt:
		return after(" on the new record, permanent")
	case field == model.FieldDestroys:
		return append(lines, widget.Words(theme.Warn, "the record is destroyed once its link was opened, or after that time"))
	case field == model.FieldRotate && v == "yes":
		return after(": the vault changes the password when the access ends")
	case field == model.FieldDefaults:
		return after(" on records that are put into the folder later, for all members")
	}
	return lines
}

// link is what became of the one-time link of a request. The link itself is known
// to nobody but its requestor.
func (p *pane) link() widget.Fact {
	l := p.c.Link
	if l == nil {
		return widget.Fact{}
	}
	var state widget.Line
	switch {
	case l.Gone:
		state = widget.Words(theme.Heading, "gone")
	case !l.Opened.IsZero():
		state = widget.Words(theme.Text, "opened at "+p.o.at(l.Opened))
	case l.Waiting && p.o.own(p.c):
		state = widget.Words(theme.AccentStrong, "waits for you to see it")
	case l.Waiting:
		state = widget.Words(theme.AccentStrong, "waits for its requestor")
	default:
		state = widget.Words(theme.Text, "not opened yet, as far as is known")
	}
	value := []widget.Line{state}
	if !l.Shown.IsZero() {
		value = append(value, widget.Words(theme.Heading, "shown to its requestor at "+p.o.at(l.Shown)+", and kept nowhere"))
	}
	if !l.Gone && !l.Expires.IsZero() {
		value = append(value, widget.Words(theme.Heading, "lives until "+p.o.at(l.Expires)))
	}
	return widget.Fact{Label: "Link", Value: append(value, widget.Line{show(theme.Faint, LinkName(l.ID))})}
}

// linkName is how much of a link's id tells it from others.
const linkName = 24

// LinkName is a one-time link as screens tell it from others: the beginning of
// its id, which is long and opens nothing.
func LinkName(id model.LinkID) string {
	if len(id) <= linkName {
		return string(id)
	}
	return string(id[:linkName]) + "…"
}

// made is the record that an order has created, and where it lies.
func (p *pane) made() widget.Fact {
	t, ok := p.c.Created()
	if !ok {
		return widget.Fact{}
	}
	value := []widget.Line{{show(theme.Strong, t.Title), say(theme.Text, "  "), show(theme.Heading, t.Type)}, {show(theme.Faint, string(t.UID))}}
	for _, op := range p.c.Operations {
		if op.Kind != model.OpCreate || op.State != model.OpDone {
			continue
		}
		place := widget.Words(theme.Heading, "in no shared folder")
		if op.Intent.Folder != "" {
			place = widget.Line{say(theme.Heading, "in "), show(theme.Heading, p.folder(op.Intent.Folder))}
		}
		value = append(value, place)
	}
	return widget.Fact{Label: "Made", Value: value}
}

// folder is what a folder is called, as far as the request tells.
func (p *pane) folder(uid model.UID) string {
	if t := p.c.Target(); t.UID == uid && t.Title != "" {
		return t.Title
	}
	return string(uid)
}

// create is the step that makes a new record.
func (p *pane) create(in model.Intent) widget.Line {
	line := widget.Line{say(theme.Accent, "create"), say(theme.Text, " "), show(theme.Strong, in.Create.Title), say(theme.Heading, " ("+in.Create.Type+")")}
	if in.Folder != "" {
		line = append(line, say(theme.Text, " in "), show(theme.Strong, p.folder(in.Folder)))
	}
	if in.Create.Destroys > 0 {
		line = append(line, say(theme.Warn, ", destroyed when its link was opened, at the latest after "+model.FormatDuration(in.Create.Destroys)))
	}
	return line
}

// inside is how much there is in a folder, and who manages it: what somebody
// gets by joining it.
func (p *pane) inside() widget.Fact {
	f := p.c.Facts
	if f == nil || f.Gone || f.Only != "" || p.c.Request.Item != model.ItemFolderAccess {
		return widget.Fact{} // it is not known, or not theirs to see
	}
	var who []string
	for _, h := range f.Shares {
		name := h.Email
		if h.Team != "" {
			name = "team " + h.Team
		}
		who = append(who, name)
	}
	if who == nil {
		return widget.Fact{Label: "Members", Value: []widget.Line{widget.Words(theme.Heading, "nobody yet")}}
	}
	return widget.Fact{Label: "Members", Value: []widget.Line{
		{say(theme.Text, strconv.Itoa(len(who))), say(theme.Faint, ": "), show(theme.Heading, strings.Join(who, ", "))},
	}}
}
