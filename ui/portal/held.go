package portal

import (
	"countersign/model"
	"countersign/ui/theme"
	"countersign/ui/widget"
)

// itemOf is the item that such an access is ordered by.
func itemOf(g model.Grant) model.ItemKey {
	switch {
	case g.Link != "":
		return model.ItemOneTimeShare
	case g.Target.Kind == model.TargetFolder:
		return model.ItemFolderAccess
	}
	return model.ItemRecordAccess
}

// rightHeld is what somebody has by a grant, in words.
func rightHeld(g model.Grant) string {
	switch {
	case g.Link != "":
		return "a link to " + string(g.Right)
	case g.Right.OnFolder():
		return g.Right.Words()
	}
	return string(g.Right)
}

// nothingLeft says what is there when a grant has ended and nothing is given
// back.
func nothingLeft(g model.Grant) string {
	switch itemOf(g) {
	case model.ItemOneTimeShare:
		return "the link opens nothing any more"
	case model.ItemFolderAccess:
		return "no member any more"
	}
	return "no access any more"
}

// endsNow says what giving a grant back does where nothing is put in its place.
func endsNow(g model.Grant) string {
	switch itemOf(g) {
	case model.ItemOneTimeShare:
		return "the link is removed: nobody can open the record with it any more"
	case model.ItemFolderAccess:
		return "the membership ends now, and with it the access to everything in the folder"
	}
	return "the share ends now: nothing of it is left"
}

// link says what is known of a one-time link, nil for other access.
func (a *access) link(g model.Grant) []widget.Line {
	if g.Link == "" {
		return nil
	}
	now, zone := a.core.env.Now(), a.core.env.Zone
	opened := widget.Words(theme.Text, "not opened yet, as far as is known")
	if !g.Opened.IsZero() {
		opened = widget.Words(theme.Text, "opened "+widget.Moment(g.Opened, now, zone))
	}
	return []widget.Line{opened, widget.Foreign(theme.Faint, visible(string(g.Link)))}
}
