package demo

import (
	"time"

	"countersign/model"
)

// catalog adds what the company orders beside access to records: in every state,
// so that each item can be looked at.
func (s *stage) catalog() {
	s.folders()
	s.links()
	s.stored()
	s.takings()
}

func (s *stage) folders() {
	item := model.ItemFolderAccess
	s.orderItem("lena", item, s.folder("Infrastructure/Databases"), model.Access{Right: model.RightManageRecords, Limit: model.For(30 * day)},
		"APP-4402: the load tests need log-ins of their own in there").submit(4 * hour)
	s.orderItem("mei", item, s.folder("Sales"), model.Access{Right: model.RightNone, Limit: model.Permanent},
		"I take over the partner programme from hugo on the first").submit(27*hour).
		decide(26*hour, "erin", model.Deny, "hugo says you need the two partner records only; please ask for those")
	s.orderItem("noah", item, s.folder("Infrastructure/Linux"), model.Access{Right: model.RightNone, Limit: model.For(7 * day)},
		"CHG0031911: the database hosts move to the new image, a week side by side").submit(6*hour).
		decide(5*hour, "dana", model.Approve, "").claim(minAgo(25), "ivan")
	s.orderItem("alice", item, s.folder("Infrastructure/Cloud"), model.Access{Right: model.RightManageRecords, Limit: model.For(14 * day)},
		"CHG0031790: the jump hosts get accounts in the cloud, too").all(3 * day)
	s.orderItem("carol", item, s.folder("Vendors"), model.Access{Right: model.RightNone, Limit: model.For(5 * hour)},
		"PLAT-8140: a support case with the vendor of the build farm").all(4*hour + minAgo(38))
	s.orderItem("tomas", item, s.folder("SaaS"), model.Access{Right: model.RightManageRecords, Limit: model.Permanent},
		"PLAT-8077: I keep the trial accounts of the team").all(16 * day).drifted(2 * day)
}

func (s *stage) links() {
	item := model.ItemOneTimeShare
	view := func(limit model.Limit) model.Access { return model.Access{Right: model.RightView, Limit: limit} }
	s.orderItem("grace", item, s.target("zendesk-admin"), view(model.For(2*day)),
		"RITM0030127: the consultant sets up the new queue and has no account here").submit(2 * hour)
	s.orderItem("alice", item, s.target("bastion-01"), view(model.For(3*day)),
		"Vendor case 8-44127: the engineer on the phone needs the console of the jump host").all(3 * hour)
	s.orderItem("frank", item, s.target("print-01"), model.Access{Right: model.RightEdit, Limit: model.For(7 * day)},
		"INC0012409: the printer's technician changes the password when he is done").all(2 * day).shown(2*day - minAgo(12)).opened(2*day - 3*hour)
	s.orderItem("carol", item, s.target("stripe-test"), view(model.For(day)),
		"PLAT-8102: the agency tries the new checkout against the test account").all(9 * day).shown(9*day - minAgo(40)).opened(8*day + 4*hour).
		over(8*day - minAgo(1))
}

func (s *stage) stored() {
	none := model.Access{}
	nowhere := model.Target{Kind: model.TargetFolder}
	const random = "generate random 24"
	s.orderItem("yuki", model.ItemLogin, s.folder("SaaS"), none, "APP-4415: the crash reports of the mobile app go to a tool of their own",
		"title", "Crash reports", "login", "mobile@example.com", "url", "https://crash.example.com").
		secret("password", "demo only: nobody will ever read this").submit(minAgo(85))
	s.orderItem("alice", model.ItemDatabase, s.folder("Infrastructure/Databases"), none, "CHG0031920: a database for the warehouse scanners",
		"dbtype", "PostgreSQL", "host", "scanner-db-01.example.com:5432", "login", "scanner", "password", random, "share", string(model.RightView)).
		submit(7*hour).decide(6*hour, "erin", model.Approve, "")
	s.orderItem("judy", model.ItemServer, s.folder("Infrastructure/Windows"), none, "CHG0031925: the second print server",
		"host", "print-02.example.com", "login", "svc-print", "password", random).submit(22 * hour)
	s.orderItem("lena", model.ItemSSHKey, nowhere, none, "PLAT-8138: the emulator farm fetches its images by a key of its own",
		"login", "farm", "host", "images.example.com", "keypair", "generate ed25519", "share", string(model.RightView)).
		submit(10*hour).decide(9*hour, "omar", model.Approve, "").claim(minAgo(15), "kofi")
	s.orderItem("samir", model.ItemLicense, s.folder("Licences"), none, "Renewal of the diagram tool, 40 seats, invoice 2026-1183",
		"title", "Diagram tool", "expires", "2027-11-30", "active", "2026-12-01").
		secret("license", "DEMO-0000-0000-0000\n40 seats").submit(30*hour).decide(28*hour, "dana", model.Deny, "the old key is still good for two weeks; ask again when the invoice is paid")
	s.orderItem("victor", model.ItemNote, s.folder("Security"), none, "SEC-1190: how the sealed copies were tested this quarter",
		"title", "Restore test, fourth quarter").secret("note", "Nothing of this is true.\nIt is a demo.").submit(5 * hour)
	s.orderItem("uma", model.ItemMembership, nowhere, none, "The trade fair gives exhibitors an account each",
		"account", "4711-0815", "name", "Uma Example", "password", random).submit(50*hour).withdraw(49*hour, "the agency has one already")
	s.created()
}

// created are records that were made on request.
func (s *stage) created() {
	none := model.Access{}
	for _, m := range []struct {
		by      string
		item    model.ItemKey
		path    string
		age     time.Duration
		why     string
		answers []string
	}{
		{"alice", model.ItemLogin, "SaaS/Trials", 6 * day, "CHG0031888: a status page for the shop, on trial", []string{
			"title", "Status page", "login", "ops@example.com", "url", "https://status.example.com", "password", "generate random 32", "share", string(model.RightEdit)}},
		{"bob", model.ItemDatabase, "Infrastructure/Databases/Postgres", 18 * day, "CHG0031702: the archive of the orders moves out of prod", []string{
			"title", "archive-db-01", "dbtype", "PostgreSQL", "host", "archive-db-01.example.com:5432", "login", "archive", "password", "generate random 24"}},
		{"ivan", model.ItemServer, "Infrastructure/Linux", 11 * day, "CHG0031766: log-02 relieves log-01", []string{
			"title", "log-02", "host", "log-02.example.com", "login", "root", "password", "generate words 6"}},
		{"tomas", model.ItemSSHKey, "Development/CI", 24 * day, "PLAT-8066: a key for the mirror of the repositories", []string{
			"title", "Repository mirror", "login", "mirror", "host", "git.example.com", "keypair", "generate ed25519", "share", string(model.RightView)}},
		{"uma", model.ItemMembership, "Marketing", 33 * day, "The chamber of commerce wants us to log in now", []string{
			"title", "Chamber of commerce", "account", "HRB 20931", "name", "Uma Example", "password", "generate random 24"}},
	} {
		s.orderItem(m.by, m.item, s.folder(m.path), none, m.why, m.answers...).all(m.age)
	}
}
