package vaultsim

import (
	"fmt"
	"strings"
	"time"
)

// World is a company: its vault and, as plain data, who and what is in it.
type World struct {
	Vault   *Vault
	People  []Person
	Folders []Place
	Records []Item
}

// Place is a folder of a World.
type Place struct {
	UID    string
	Path   string
	Shared bool // a shared folder, or a folder inside one
}

// Item is a record of a World.
type Item struct {
	UID    string
	Title  string
	Type   string
	Folder string // path, "" for the root
}

// Record returns the first record with a title; ok is false when there is none.
func (w *World) Record(title string) (item Item, ok bool) {
	for _, r := range w.Records {
		if r.Title == title {
			return r, true
		}
	}
	return Item{}, false
}

// Folder returns the folder with a path; ok is false when there is none.
func (w *World) Folder(path string) (place Place, ok bool) {
	for _, f := range w.Folders {
		if f.Path == path {
			return f, true
		}
	}
	return Place{}, false
}

// Company returns the company of the demo: about 40 people, 200 records in 30 folders, some standing and timed
// shares, endpoint requests in every state and a few waiting devices. The same seed gives the same uids; times
// count back from the clock's present.
func Company(seed uint64, clock *Clock) *World {
	v := NewVault(VaultOptions{Seed: seed, Clock: clock, Service: "svc-countersign@example.com"})
	now := v.clock.Now()
	w := &World{Vault: v, People: companyPeople()}
	for _, p := range w.People {
		v.AddUser(User{Email: p.Email, Relation: p.Relation})
	}
	w.addFolders()
	w.addRecords(now)
	w.addShares(now)
	addCompanyRequests(v, now)
	return w
}

func (w *World) addFolders() {
	teams := map[string]string{}
	for _, t := range []Team{
		{Name: "DBA", Members: []string{"bob@example.com", "noah@example.com"}},
		{Name: "Network", Members: []string{"omar@example.com", "ivan@example.com"}},
		{Name: "Service desk", Members: []string{"frank@example.com", "grace@example.com", "heidi@example.com", "samir@example.com"}},
	} {
		teams[t.Name] = w.Vault.AddTeam(t)
	}
	for _, f := range companyFolders() {
		parent, name := "", f.path
		if i := strings.LastIndexByte(f.path, '/'); i >= 0 {
			above, _ := w.Folder(f.path[:i])
			parent, name = above.UID, f.path[i+1:]
		}
		place := Place{Path: f.path}
		if f.shared {
			folder := Folder{Name: name, Parent: parent, CanEdit: false}
			folder.Members = append(folder.Members, Member{User: w.Vault.service, ManageUsers: true, ManageRecords: true})
			for _, m := range f.members {
				user, manages := strings.CutSuffix(m, "*")
				folder.Members = append(folder.Members, Member{User: user + "@example.com", ManageRecords: manages})
			}
			if f.team != "" {
				folder.Teams = append(folder.Teams, TeamMember{Team: teams[f.team], ManageRecords: true})
			}
			place.UID = w.Vault.AddSharedFolder(folder)
		} else {
			place.UID = w.Vault.AddUserFolder("", name, parent)
		}
		made, _ := w.Vault.Folder(place.UID)
		place.Shared = made.Shared != ""
		w.Folders = append(w.Folders, place)
	}
}

func (w *World) addRecords(now time.Time) {
	i := 0
	for _, group := range companyRecords() {
		place, _ := w.Folder(group.folder)
		for title := range strings.SplitSeq(group.titles, ";") {
			host := strings.ToLower(strings.ReplaceAll(title, " ", "-"))
			r := typedRecord(group.typ, host, "corp", i)
			r.Title, r.Folder = title, place.UID
			r.Custom = nil
			r.Modified = now.Add(-time.Duration(i*37%400) * 24 * time.Hour).Truncate(time.Second)
			w.fill(&r, host)
			uid := w.Vault.AddRecord(r)
			w.Records = append(w.Records, Item{UID: uid, Title: title, Type: group.typ, Folder: group.folder})
			i++
		}
	}
	// Two records of other people, which the service account sees but may not share.
	for _, foreign := range []struct{ title, owner string }{
		{"Board portal", "dave@example.com"}, {"Insurance broker", "astrid@example.com"},
	} {
		r := typedRecord("login", strings.ToLower(strings.ReplaceAll(foreign.title, " ", "-")), "corp", i)
		r.Title, r.Owner = foreign.title, foreign.owner
		uid := w.Vault.AddRecord(r)
		w.Vault.Share(uid, w.Vault.service, Rights{}, time.Time{})
		w.Records = append(w.Records, Item{UID: uid, Title: r.Title, Type: r.Type})
		i++
	}
}

// fill puts what is particular to the company over the generic values of a record.
func (w *World) fill(r *Record, host string) {
	where := host + ".example.com"
	for i := range r.Fields {
		f := &r.Fields[i]
		switch {
		case f.Type == "host" || f.Type == "pamHostname":
			at := f.Value[0].(map[string]string)
			at["hostName"] = where
		case f.Type == "url":
			f.Value = []any{"https://" + where + "/"}
		case f.Type == "password":
			f.Value = []any{w.Vault.password(20)}
		case f.Type == "login" && r.Type == "login":
			f.Value = []any{"it-admin@example.com"}
		case f.Type == "login" && r.Type == "databaseCredentials":
			f.Value = []any{"app_owner"}
		}
	}
}

func (w *World) addShares(now time.Time) {
	for _, s := range []struct {
		title, user string
		rights      Rights
		days        int // 0: for good
	}{
		{"prod-db-01", "bob", Rights{Edit: true, Share: true}, 0},
		{"prod-db-01", "dana", Rights{}, 0},
		{"prod-db-02", "bob", Rights{Edit: true}, 0},
		{"prod-db-02", "noah", Rights{}, 5},
		{"billing-db-01", "walter", Rights{}, 0},
		{"vpn-gateway", "omar", Rights{Edit: true, Share: true}, 0},
		{"vpn-gateway", "heidi", Rights{}, 2},
		{"github-deploy-key", "priya", Rights{Edit: true}, 0},
		{"github-deploy-key", "tomas", Rights{}, 0},
		{"stripe-live", "peggy", Rights{Edit: true}, 0},
		{"stripe-live", "carol", Rights{}, 1},
		{"Payroll", "sybil", Rights{Edit: true}, 0},
		{"Payroll", "rosa", Rights{}, 0},
		{"aws-billing", "peggy", Rights{}, 0},
		{"aws-prod-admin", "kofi", Rights{Edit: true}, 0},
		{"web-01", "dana", Rights{}, 0},
		{"okta-admin", "erin", Rights{Edit: true, Share: true}, 0},
		{"slack-owner", "frank", Rights{Edit: true}, 0},
		{"Google Ads", "zoe", Rights{Edit: true}, 0},
		{"LinkedIn company page", "xavier", Rights{}, 14},
		{"Burp Suite Pro", "mallory", Rights{}, 0},
		{"Disaster recovery codes", "dave", Rights{}, 0},
		{"jenkins-admin", "tomas", Rights{Edit: true}, 0},
		{"erp-db-01", "bob", Rights{Edit: true}, 0},
		{"House bank e-banking", "olga", Rights{}, 0},
	} {
		item, _ := w.Record(s.title)
		end := time.Time{}
		if s.days > 0 {
			end = now.Add(time.Duration(s.days) * 24 * time.Hour).Truncate(time.Second)
		}
		w.Vault.Share(item.UID, s.user+"@example.com", s.rights, end)
	}
}

// Large returns a vault with n records of all kinds in 500 folders, for measuring.
func Large(n int, opts VaultOptions) *Vault {
	v := NewVault(opts)
	folders := []string{""}
	for i := range 500 {
		name := fmt.Sprintf("Team %03d", i)
		if i%2 == 0 {
			folders = append(folders, v.AddSharedFolder(Folder{Name: name}))
		} else {
			folders = append(folders, v.AddUserFolder("", name, ""))
		}
	}
	for i := range n {
		r := recordedRecord(i)
		r.Title = fmt.Sprintf("%s %05d", r.Title, i)
		r.Folder = folders[i%len(folders)]
		v.AddRecord(r)
	}
	return v
}
