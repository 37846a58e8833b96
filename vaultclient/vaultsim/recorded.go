package vaultsim

import (
	"fmt"
	"strings"
	"time"
)

// Keys and times of the recorded service.
const (
	// RecordedKey is the key that the recorded exchanges use.
	RecordedKey = "TEST-KEY-0123456789"
)

// RecordedStart is when the service behind the recorded exchanges was started; ages of its endpoint requests
// and devices count from there.
func RecordedStart() time.Time {
	return time.Date(2026, 11, 21, 19, 54, 20, 554_000_000, time.UTC)
}

// Recorded returns the vault that the recorded exchanges were made against, as it was at the start of each
// recording session. What no recording shows is filled in plausibly.
func Recorded(clock *Clock) *Vault {
	v := NewVault(VaultOptions{Seed: 18013, Clock: clock})
	v.AddUser(User{Email: DefaultService, ID: "3J4uXu0BziRzuc51LOdd5A"})
	v.AddUser(User{Email: "alice@example.com", ID: "kYr9EBNACZhMUKaHBac0kA"})
	v.AddUser(User{Email: "bob@example.com", ID: "KPThlDWvmHrUWcLlpB4IgA"})
	for _, name := range []string{"carol", "dave", "erin", "frank", "grace", "heidi", "invalid.user"} {
		v.AddUser(User{Email: name + "@example.com"})
	}
	v.AddUser(User{Email: "newhire@example.com", Relation: NeedsInvitation})
	dba := v.AddTeam(Team{UID: "dp1kidaDI2e1r2y0YSzcIw", Name: "DBA", Members: []string{"bob@example.com"}})
	homes := recordedFolders(v, dba)
	uids := strings.Fields(recordedUIDs)
	start := time.Date(2025, 10, 9, 8, 53, 20, 0, time.UTC)
	for i, uid := range uids {
		r := recordedRecord(i)
		r.UID = uid
		r.Folder = homes[i%len(homes)]
		switch r.Type {
		case "pamUser":
			r.Folder = "gv_P05pQSbIswnDGkmZqfA"
		case "pamMachine", "pamDatabase":
			r.Folder = "S5lcYbe9dCtvKJB6NAST7g"
		}
		r.Revision = int64(35 + 2*i)
		r.Modified = start.Add(time.Duration(i) * time.Second)
		if i%10 == 0 {
			r.Notes = fmt.Sprintf("Seeded record %03d", i)
		}
		v.AddRecord(r)
	}
	for _, s := range []struct {
		uid, title, host, folder, owner string
		number                          int
	}{
		{"buBl0U1DJ0V_gwYdi5MUsQ", "Ünïcode 東京 пароль 🔐", "uni", "MNWVeY65LW-0gwUg4kpVDQ", "", 900},
		{"0SzcuVuEn9a21mFJR4Rb-g", `A & B <script> "dq" it's &amp; done`, "html", "S-KlMQFeyn3u_Snqfcksww", "", 901},
		{"laHVQSKrLclFZavx7WX0PQ", "Duplicate title", "dup", "YDfMwXnH_M0NsvIp8iUkgg", "", 902},
		{"EWFs5GcaVDYsYtTafzAUvw", "Duplicate title", "dup", "XxdLTJqJwSiulDqGi0yuCA", "", 903},
		{"ThsY45ED9J_qK5yi9lXMzw", "A record with a very long title that exceeds the forty character table column", "long", "XxdLTJqJwSiulDqGi0yuCA", "", 904},
		{"YFaGVQNikD4PPMx8Tfgvng", "tcp/ip gateway", "slash", "", "", 905},
		{"sh-GSlYN0CkA2WmJZOfIqA", "Alice private record", "alice", "hOhVbIFAiH3XKPS1ltDnvA", "alice@example.com", 906},
		{"Gsb5VH68mAPdG8PboKTSQA", "Read only from Bob", "bob", "", "bob@example.com", 907},
	} {
		typ := "login"
		if s.host == "bob" {
			typ = "databaseCredentials"
		}
		r := typedRecord(typ, s.host, "prod", s.number)
		r.UID, r.Title, r.Folder, r.Owner = s.uid, s.title, s.folder, s.owner
		r.Revision = int64(425 + 20*(s.number-900))
		r.Modified = start.Add(time.Duration(s.number) * time.Second)
		v.AddRecord(r)
	}
	v.Share(uids[0], "alice@example.com", Rights{}, time.Time{})
	v.Share(uids[7], "bob@example.com", Rights{Edit: true}, time.Time{})
	v.Share(uids[8], "alice@example.com", Rights{}, time.Time{})
	v.Share(uids[8], "carol@example.com", Rights{Share: true}, time.Time{})
	v.Share("Gsb5VH68mAPdG8PboKTSQA", DefaultService, Rights{}, time.Time{})
	recordedApprovals(v)
	for i, d := range []Device{
		{ID: "22dab9d8710629834182", Email: "alice@example.com"},
		{ID: "887fbefc770c2b9247be", Email: "bob@example.com"},
		{ID: "b15a0fc0ea5519a11ea9", Email: "carol@example.com"},
	} {
		d.Name, d.Type, d.IP = fmt.Sprintf("Laptop %d", i), "Chrome", fmt.Sprintf("192.0.2.%d", 10+i)
		d.Client, d.Location = "w17.1.0", "Zürich, CH"
		d.Date = RecordedStart().Add(-time.Duration(i+1) * time.Minute)
		v.AddDevice(d)
	}
	return v
}

// recordedFolders makes the folders and returns where record i lives, for i modulo 30.
func recordedFolders(v *Vault, dba string) []string {
	top := func(uid, name string) string { return v.AddUserFolder(uid, name, "") }
	infrastructure := top("0GAq-O9ypzmKwdIWxDWjoQ", "Infrastructure")
	applications := top("MR8oq7aDX1pjM527dSrnEQ", "Applications")
	personal := top("YDfMwXnH_M0NsvIp8iUkgg", "Personal")
	archive := top("XxdLTJqJwSiulDqGi0yuCA", "Archive")
	licences := top("wFTnoXYqknehp_fVxzS9ag", "Licences")
	linux := v.AddUserFolder("1SMElfMQOjgE1NNkuIfnrg", "Linux", infrastructure)
	windows := v.AddUserFolder("dymvRC9G5tgwgki6hYrhEA", "Windows", infrastructure)
	network := v.AddUserFolder("jkgK_sVqKepGMr39ZwaYyQ", "Network", infrastructure)
	cloud := v.AddUserFolder("", "Cloud", infrastructure)
	web := v.AddUserFolder("3whHFVnaE1992-7P5e_49Q", "Web servers", linux)
	databases := v.AddUserFolder("DcfKKCwCMclL4G2ZNE7D2w", "Databases", linux)
	erp := v.AddUserFolder("", "ERP", applications)
	crm := v.AddUserFolder("", "CRM", applications)
	intranet := v.AddUserFolder("", "Intranet", applications)
	lab := v.AddUserFolder("", `R&D "Blue" <lab>`, applications)
	payroll := v.AddUserFolder("", "Payroll's vault", applications)
	homes := []string{"", infrastructure, applications, personal, archive, licences, linux, windows, network, cloud,
		web, databases, erp, crm, intranet, lab, payroll}
	shared := func(uid, name, parent string) string {
		return v.AddSharedFolder(Folder{UID: uid, Name: name, Parent: parent})
	}
	dbaShared := v.AddSharedFolder(Folder{
		UID: "4KcmDEAO-kNEDojKV8dTXw", Name: "DBA Shared",
		Members: []Member{
			{User: DefaultService, ManageUsers: true, ManageRecords: true}, {User: "bob@example.com", ManageRecords: true}},
		Teams: []TeamMember{{Team: dba, ManageRecords: true}},
	})
	homes = append(homes, dbaShared, shared("JF3dlAi7y2QzqDjt8xKsuA", "Helpdesk Shared", ""))
	ops := shared("0XEWboJRGUtp5-Z9GCx2qA", "Network Ops", "")
	homes = append(homes, ops,
		shared("UKvdxloj4YnzysOHZfJORg", "Finance Systems", ""),
		shared("pDYre8Sg4ZsSPzzCE-fScQ", "HR Systems", ""),
		shared("SmSdfH1q0iYjJy0ok47DXA", "ERP Shared", applications),
		shared("NYOvBDikDxLjPD8QDOaM9Q", "CRM Shared", applications),
		shared("MNWVeY65LW-0gwUg4kpVDQ", "Project Ünïcode", ""),
		shared("Unfa-o0XlPpiL4c08QoDMQ", "Zürich 東京 office", ""),
		shared("S-KlMQFeyn3u_Snqfcksww", `A & B <Test> "quoted" it's`, ""),
		v.AddUserFolder("IkWFKs8PwyF04GgvtYCWAw", "Oracle", dbaShared),
		v.AddUserFolder("ZREQGutiX7BIoRpPXDLxUA", "Postgres", dbaShared),
		v.AddUserFolder("", "Core switches", ops),
	)
	v.AddSharedFolder(Folder{
		UID: "hOhVbIFAiH3XKPS1ltDnvA", Name: "Shared by Alice", Owner: "alice@example.com",
		Members: []Member{{User: "alice@example.com", ManageUsers: true, ManageRecords: true}, {User: DefaultService}},
	})
	shared("Kz5_B2QUm8U1G-o6gAtj9A", "Empty Shared", "")
	shared("gv_P05pQSbIswnDGkmZqfA", "PAM Users", "")
	shared("S5lcYbe9dCtvKJB6NAST7g", "PAM Resources", "")
	return homes
}

// recordedRecord makes numbered record i; its type, host and stage follow from the number.
func recordedRecord(i int) Record {
	types := []string{"login", "databaseCredentials", "serverCredentials", "sshKeys", "softwareLicense", "encryptedNotes",
		"membership", "login", "login", "pamUser", "pamMachine", "pamDatabase"}
	hosts := []string{"billing", "backup", "mail", "crm", "monitor", "vpn", "erp", "gitlab", "ldap", "wiki"}
	stages := []string{"prod", "test", "staging", "dr", "dev"}
	r := typedRecord(types[i%len(types)], hosts[i%len(hosts)], stages[i%len(stages)], i)
	r.Title = fmt.Sprintf("%s-%s %s %03d", hosts[i%len(hosts)], stages[i%len(stages)], r.Type, i)
	return r
}

// typedRecord makes a record of a type with believable values.
func typedRecord(typ, host, stage string, i int) Record {
	name := host + "-" + stage + ".example.com"
	where := func(port string) map[string]string { return map[string]string{"hostName": name, "port": port} }
	field := func(typ string, values ...any) Field { return Field{Type: typ, Value: values} }
	labelled := func(typ, label string, value any) Field { return Field{Type: typ, Label: label, Value: []any{value}} }
	r := Record{Type: typ, Custom: []Field{labelled("text", "environment", stage)}}
	switch typ {
	case "login":
		r.Fields = []Field{field("login", host+"_user"), field("password", fmt.Sprintf("Pw!%04d-%s", i, host)),
			field("url", "https://"+name+"/"), field("fileRef"), field("oneTimeCode")}
	case "databaseCredentials":
		r.Fields = []Field{labelled("text", "type", "postgresql"), field("host", where("5432")),
			field("login", host+"_dba"), field("password", fmt.Sprintf("Db!%04d", i)), field("fileRef")}
	case "serverCredentials":
		r.Fields = []Field{field("host", where("22")), field("login", "root"),
			field("password", fmt.Sprintf("Srv!%04d", i)), field("fileRef")}
	case "sshKeys":
		r.Fields = []Field{field("login", "deploy"), field("keyPair", map[string]string{
			"publicKey":  "ssh-ed25519 AAAAC3Nza..." + host,
			"privateKey": "-----BEGIN OPENSSH PRIVATE KEY-----\nTEST\n-----END OPENSSH PRIVATE KEY-----\n",
		}), labelled("text", "passphrase", fmt.Sprintf("passphrase-%d", i)), field("host", where("22"))}
	case "softwareLicense":
		r.Fields = []Field{field("licenseNumber", fmt.Sprintf("LIC-%04d-%s", i, strings.ToUpper(host))),
			field("expirationDate", int64(1893456000000)), labelled("date", "dateActive", int64(1577836800000))}
	case "encryptedNotes":
		r.Fields = []Field{field("note", fmt.Sprintf("Secure note %04d", i)), field("date", int64(1577836800000))}
	case "membership":
		r.Fields = []Field{field("accountNumber", fmt.Sprintf("M-%06d", i)),
			field("name", map[string]string{"first": "Pat", "middle": "", "last": strings.ToUpper(host[:1]) + host[1:]}),
			field("password", fmt.Sprintf("Mem!%04d", i))}
	case "pamUser":
		r.Fields = []Field{field("login", host+"_svc"), field("password", fmt.Sprintf("Pam!%04d", i))}
	case "pamMachine":
		r.Fields = []Field{field("pamHostname", where("22"))}
	case "pamDatabase":
		r.Fields = []Field{field("pamHostname", where("5432"))}
	}
	return r
}

func recordedApprovals(v *Vault) {
	uids := []string{"NITG_wlWkIQ645tlbgxdGg", "GtLQSsspbKdkX15HWpq0_Q", "DuTloiw3EUAoFz8b1M_QBw", "AIhLDodRcc8JntZ_sLr4Yw",
		"RbHMOhsSiZOxL6S6nBzfYA", "b_R2dEoa1-ZjqVWwJOn84A", "nwmVw4Ynp0-4bZnhWdMGcA", "-N-ffuRDIM3bv_hnPv6tUA",
		"k-0sX0U0IIbxfJ_m3g2ZbQ", "OEiteyBgHCFSPTm6iDdwtw", "TAioBIo0opi7P8jRsPVHTA", "2BNmTNnjPP5Ky20m8pjzPQ",
		"Wd6fkQz7tsBCgE9qj_Z4Nw", "rdK57WcOlsZpAjRz5UuUUw", "dhqhQ8H6x4-1iLMH9sUs2A"}
	for i, uid := range uids {
		a := recordedApproval(i)
		a.UID, a.ExpireIn = uid, 30+i
		a.Created = RecordedStart().Add(-time.Hour + 2*time.Duration(i)*time.Minute)
		v.AddApproval(a)
	}
	for i, old := range []struct{ uid, status string }{
		{"4_yT9R9DQ9MQRhS7TDLu8w", Approved}, {"2xAzEgROlIcsoFcfHqMGnw", Denied}, {"doGWKLYhJnSZGBlYf381Xg", Expired},
		{"kPSU7RE1EbJMDdUA26PtFA", Escalated}, {"ohEbfFxISVWqJINi1BYJyA", Expired},
	} {
		a := recordedApproval(i)
		a.UID, a.Status, a.ExpireIn = old.uid, old.status, 30
		a.Created = RecordedStart().Add(-25*time.Hour + time.Duration(i)*time.Second)
		v.AddApproval(a)
	}
}

func recordedApproval(i int) Approval {
	kinds := []struct {
		user, domain, agent, typ, why      string
		file, path, command, about, digest string
	}{
		{"alice", "", "BPsCtGBBvbtS8Sjw2YIluA", "PrivilegeElevation", "Need to install an update",
			"mmc.exe", `C:\Windows\System32`, "", "Microsoft Management Console", "230a1ebfa9ad7d774dc62"},
		{"bob", "", "CCSgFyGulEIO9od8b6e9KQ", "PrivilegeElevation", `{"text": "Ticket INC0012345", "ticket": "INC0012345"}`,
			"installer-setup-x64-release.exe", `C:\Program Files\Vendor\Very Long Application Directory Name\bin`,
			"/quiet /norestart", "Vendor installer", "0932d6c213a46bb6b28253fc23b67698c9f1f762ac1204cc1e9d0bbf3aea1e4e"},
		{"carol", "", "iGBwldk_4Uqo8VZSzKxQaQ", "CommandLine", "",
			"sudo", "/usr/bin", "apt-get install nginx", "Run a command as root", "24e5e1c2bbef565360c392851175f46821fc21d6725503a600353625b4c9209c"},
		{"dave", "CORP", "7dHc5eNKAJU69W_2uWXn8A", "FileAccess", "Line one\nline two",
			"hosts", "/etc", "", "Edit hosts file", "4f8a2cc398d8664277a96"},
		{"erin", "", "fL9AAba6LeY9RL4Ra-D13w", "LeastPrivilege", `Ünïcode 東京 <b>bold</b> & "quotes" it's`,
			"regedit.exe", `C:\Windows`, "", "Registry Editor", "2bb2c55557dc9db368c92201ece52185d7d5ac87fc8ec6eee729a1533d2f9eff"},
		{"frank", "", "xt_IRJwqTOYbzBFH3gZ_Bg", "Custom", "https://evil.example/phish please click",
			"tool", "/opt/tool", `--flag="a b"`, "Custom event", "7c9bbe5ec9b3fb774e8fa"},
	}
	k := kinds[i%len(kinds)]
	return Approval{
		Type: k.typ, Agent: k.agent, Justification: k.why,
		Account: []Pair{{"Username", k.user}, {"Domainname", k.domain}, {"MachineName", fmt.Sprintf("HOST-%02d", i%len(kinds))}},
		Application: []Pair{{"FileName", k.file}, {"FilePath", k.path}, {"CommandLine", k.command}, {"Description", k.about},
			{"FileHash", k.digest + strings.Repeat("0", 64-len(k.digest))}},
	}
}
