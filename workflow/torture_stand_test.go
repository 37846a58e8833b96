package workflow_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
)

// standing is who has what, by record or folder: a line for each share, member and
// link that lasts.
type standing map[string][]string

// with is the standing with other lines for one object.
func (s standing) with(object string, lines []string) standing {
	out := maps.Clone(s)
	out[object] = lines
	return out
}

// stands is who has what in the vault, and who should have by what the queue says: what
// stands by it over what was there before.
func (o *ordeal) stands() (have, want standing) {
	o.t.Helper()
	have, want = standing{}, standing{}
	over := map[string]map[string]string{} // by object and address, or link
	put := func(object, who, line string) {
		if over[object] == nil {
			over[object] = map[string]string{}
		}
		over[object][who] = line
	}
	for uid, s := range o.stood {
		put(uid, s.User, shareLine(s.User, s.Rights.String(), s.Expires.String()))
	}
	for _, n := range o.requests {
		for _, g := range o.view("priya", n).Grants {
			if !g.State.Open() {
				put(string(g.Target.UID), "", "")
				continue
			}
			who, line := g.Email, grantLine(g)
			if g.Link != "" {
				who = string(g.Link)
			}
			put(string(g.Target.UID), who, line)
		}
	}
	for _, e := range o.sim.Ledger() {
		for _, object := range []string{e.Record, e.Folder} {
			if object != "" {
				put(object, "", "")
			}
		}
	}
	for object, lines := range over {
		delete(lines, "")
		want[object] = slices.Sorted(maps.Values(lines))
		have[object] = o.holders(object)
	}
	return have, want
}

func shareLine(email, rights, until string) string {
	return fmt.Sprintf("%s has %s until %s", email, rights, until)
}

// grantLine says what a grant gives, as the vault says it.
func grantLine(g model.Grant) string {
	switch {
	case g.Link != "":
		return "the link " + string(g.Link)
	case g.Right.Owner():
		return g.Email + " owns it"
	case g.Target.Kind == model.TargetFolder:
		return memberLine(vaultsim.Member{User: g.Email, ManageUsers: g.Right.ManageUsers(), ManageRecords: g.Right.ManageRecords(), Expires: g.Until})
	}
	return shareLine(g.Email, vaultsim.Rights{Edit: g.Right.Edit(), Share: g.Right.Share()}.String(), g.Until.String())
}

func memberLine(m vaultsim.Member) string {
	return shareLine(m.User, fmt.Sprintf("users %t, records %t", m.ManageUsers, m.ManageRecords), m.Expires.String())
}

// holders is who has a record or a folder in the vault, besides the service account.
func (o *ordeal) holders(uid string) []string {
	var lines []string
	us := o.cloud.Service()
	if f, is := o.cloud.Folder(uid); is {
		for _, m := range f.Members {
			if m.User != us {
				lines = append(lines, memberLine(m))
			}
		}
	}
	if r, is := o.cloud.Record(uid); is && r.Owner != "" && r.Owner != us {
		lines = append(lines, r.Owner+" owns it")
	}
	for _, s := range o.cloud.Shares(uid) {
		if s.User != us {
			lines = append(lines, shareLine(s.User, s.Rights.String(), s.Expires.String()))
		}
	}
	for _, l := range o.cloud.OneTimeShares(uid) {
		if l.Expires.After(o.theirs.Now()) {
			lines = append(lines, "the link "+l.ID)
		}
	}
	slices.Sort(lines)
	return lines
}

// wrongHolders lists where the vault's end is not what the queue says. excused are
// links that the network made beside another one.
func (a account) wrongHolders(excused map[string]bool) []string {
	var found []string
	for object, want := range a.want {
		have := slices.DeleteFunc(slices.Clone(a.have[object]), func(line string) bool {
			link, is := strings.CutPrefix(line, "the link ")
			return is && excused[link]
		})
		if !slices.Equal(have, want) {
			found = append(found, fmt.Sprintf("of %s the vault shows %q, by the queue it is %q%s", object, have, want, a.about(vaultsim.Entry{Record: object})))
		}
	}
	return found
}
