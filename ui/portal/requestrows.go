package portal

import (
	"strconv"

	"countersign/model"
	"countersign/ui/casepane"
	"countersign/ui/theme"
	"countersign/ui/widget"
)

// footer says how much there is under the list.
func (r *requests) footer() widget.Line {
	n := r.list.Len()
	if n == 0 {
		return nil
	}
	count := strconv.Itoa(n)
	if r.next != "" {
		count += "+"
	}
	if !r.bar.Filter().Empty() {
		return widget.Words(theme.Note, count+" fit the filter")
	}
	words := count + " requests"
	if n == 1 && r.next == "" {
		words = "1 request"
	}
	if open := r.open(); open > 0 {
		words += " · " + strconv.Itoa(open) + " under way"
	}
	return widget.Words(theme.Note, words)
}

func (r *requests) open() int {
	n := 0
	for _, row := range r.list.Rows() {
		if !row.State.Closed() {
			n++
		}
	}
	return n
}

func (r *requests) columns() []widget.Column[casepane.Row] {
	return []widget.Column[casepane.Row]{
		{Title: "NUMBER", Width: 10, Key: true, Cell: func(row casepane.Row) widget.Line {
			return widget.Foreign(theme.Text, visible(string(row.Number)))
		}},
		{Title: "WANTS", Width: 16, Flex: 1, Cell: func(row casepane.Row) widget.Line {
			return wants(row, false)
		}},
		{Width: 9, Right: true, Cell: r.limit},
		{Title: "STATE", Width: 12, Cell: r.state},
		{Title: "WAITS FOR", Width: 11, Drop: 1, Cell: waitsFor},
	}
}

// rowVersion changes with what a row shows: that a link was seen is no change of
// the request.
func rowVersion(row casepane.Row) int64 {
	if row.LinkWaits {
		return -row.Updated.UnixNano()
	}
	return row.Updated.UnixNano()
}

// limit is what was asked for, or what is allowed where that is less.
func (r *requests) limit(row casepane.Row) widget.Line {
	return casepane.Lasts(row.Allowed, r.core.env.Now(), r.core.env.Zone)
}

// state says where the request is, and while it waits how long it still may.
func (r *requests) state(row casepane.Row) widget.Line {
	left := row.Due.Sub(r.core.env.Now())
	switch {
	case row.LinkWaits:
		return widget.Words(theme.AccentStrong, "link waits")
	case row.State != model.Requested:
		return widget.Words(casepane.StateInk(row.State), row.State.Words())
	case row.NeedsInfo:
		return widget.Words(theme.WarnStrong, "asked back")
	case row.Due.IsZero():
		return widget.Words(theme.Accent, "waiting")
	case left < casepane.Soon:
		return widget.Line{widget.Say(theme.Accent, "waiting "), widget.Say(theme.Warn, widget.Due(left))}
	}
	return widget.Line{widget.Say(theme.Accent, "waiting "), widget.Say(theme.Faint, widget.Due(left))}
}

// waitsFor says whose turn it is; who exactly stands in the detail.
func waitsFor(row casepane.Row) widget.Line {
	switch {
	case row.LinkWaits:
		return widget.Words(theme.AccentStrong, "you: u")
	case row.State == model.Requested && row.NeedsInfo:
		return widget.Words(theme.Warn, "you: i")
	case row.State == model.Requested:
		return widget.Words(theme.Heading, "a decision")
	case row.State == model.InProcess:
		return widget.Words(theme.Heading, "fulfilment")
	}
	return widget.Words(theme.Faint, "-")
}
