package vaultclient

import (
	"strings"
	"time"
)

// String names the rights, for work notes.
func (p Permission) String() string {
	return rights("view", right{"owner", p.Owner}, right{"edit", p.Editable}, right{"share", p.Shareable}) + ", ends " + p.end()
}

func (p Permission) end() string {
	if p.Expires.IsZero() {
		return string(Never)
	}
	return p.Expires.Format(time.RFC3339)
}

// String names the rights, for work notes.
func (m Member) String() string {
	return rights("member", right{"manage records", m.ManageRecords}, right{"manage users", m.ManageUsers}) + ", ends " + string(m.Expires)
}

type right struct {
	name string
	has  bool
}

func rights(none string, all ...right) string {
	var names []string
	for _, r := range all {
		if r.has {
			names = append(names, r.name)
		}
	}
	if names == nil {
		return none
	}
	return strings.Join(names, " and ")
}
