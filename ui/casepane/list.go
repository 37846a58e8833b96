package casepane

import (
	"countersign/model"
	"countersign/safetext"
	"countersign/ui/theme"
	"countersign/ui/widget"
)

// Wants is what is asked for in one short word, for the lists of requests and
// tasks: the right, or what else is given or made. Only what cannot be taken
// back stands out. The detail has the right's whole name.
func Wants(item model.ItemKey, right model.Right) widget.Line {
	switch {
	case item == model.ItemOneTimeShare:
		return widget.Words(theme.Accent, "link")
	case right == "":
		return widget.Words(theme.Accent, "store")
	case right.Owner():
		return widget.Words(theme.Warn, "owner")
	case right == model.RightEditShare:
		return widget.Words(theme.Accent, "edit+share")
	}
	return widget.Foreign(theme.Accent, safetext.Line(string(right)))
}
