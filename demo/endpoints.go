package demo

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"time"

	"countersign/model"
	"countersign/store"
)

// elevation is an endpoint request that has ended, each a template for some.
type elevation struct {
	user, machine, kind, file, path, args, about, why string
	end                                               model.EndpointState
	by, note                                          string // who decided here, and their comment; or how it ended otherwise
}

// outcome is how the request ended, in words.
func (e elevation) outcome() string {
	switch {
	case e.by == "":
		return e.note
	case e.note == "":
		return e.end.Words() + " by " + e.by
	}
	return e.end.Words() + " by " + e.by + ": " + e.note
}

// vote is the decision of whoever decided it here.
func (s *stage) vote(e elevation, r model.EndpointRequest, at time.Time) model.EndpointVote {
	if e.by == "" {
		return model.EndpointVote{}
	}
	v := model.EndpointVote{Verdict: model.Approve, By: s.person(e.by).ID, At: at, Digest: model.StatementOfEndpoint(r).Digest(), Comment: e.note}
	if e.end == model.EndpointDenied {
		v.Verdict = model.Deny
	}
	return v
}

func elevations() []elevation {
	const (
		elevate = "PrivilegeElevation"
		command = "CommandLine"
	)
	return []elevation{
		{"carol", "DEV-LT-014", command, "sudo", "/usr/bin", "apt-get install postgresql-client", "Run a command as root", "PLAT-8090",
			model.EndpointApproved, "dana", ""},
		{"carol", "DEV-LT-014", command, "sudo", "/usr/bin", "systemctl restart docker", "Run a command as root", "containers hang",
			model.EndpointApproved, "omar", ""},
		{"zoe", "MKT-LT-003", elevate, "installer-setup.exe", `C:\Users\zoe\Downloads`, "/quiet", "Vendor installer", "video editor, old version",
			model.EndpointDenied, "erin", "the signature does not fit"},
		{"judy", "WIN-ADM-02", elevate, "mmc.exe", `C:\Windows\System32`, "dsa.msc", "Microsoft Management Console", "new starters",
			model.EndpointApproved, "dana", ""},
		{"hugo", "SAL-LT-009", elevate, "TeamViewerQS.exe", `C:\Users\hugo\Desktop`, "", "Remote support", "partner wants to help",
			model.EndpointExpired, "", "nobody decided in time"},
		{"omar", "NET-LT-001", command, "tcpdump", "/usr/sbin", "-i eth0 port 500", "Packet capture", "VPN drop",
			model.EndpointApproved, "erin", ""},
		{"walter", "FIN-LT-001", elevate, "excel.exe", `C:\Program Files\Microsoft Office\root`, "", "Spreadsheet with macros", "",
			model.EndpointElsewhere, "", "approved in Keeper's admin console"},
		{"ivan", "LNX-WS-004", command, "systemctl", "/usr/bin", "restart postgresql@15-main", "Control the service manager", "Replica lag",
			model.EndpointApproved, "omar", ""},
		{"lena", "DEV-LT-017", command, "sudo", "/usr/bin", "modprobe kvm_intel nested=1", "Run a command as root", "Emulator tests",
			model.EndpointEscalated, "", "escalated by policy"},
		{"ruth", "SD-LT-008", elevate, "DriverUpdate.exe", `C:\Temp`, "/S", "Printer driver", "Printer on floor 3",
			model.EndpointDenied, "dana", "use the packaged driver"},
	}
}

// endpoints adds elevation requests of the last three weeks, each with the
// incident that went with it.
func (s *stage) endpoints() {
	all := elevations()
	for i := range 3 * len(all) {
		e := all[i%len(all)]
		raised := s.ago(time.Duration(3*len(all)-i)*17*hour + between(s.random, 0, 9*hour))
		took := between(s.random, 2*time.Minute, 28*time.Minute)
		if e.end == model.EndpointExpired {
			took = 30 * time.Minute
		}
		s.elevation(i, e, raised, took)
	}
}

func (s *stage) elevation(n int, e elevation, raised time.Time, took time.Duration) {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s%s%d", e.path, e.file, n))
	uid := model.UID(base64.RawURLEncoding.EncodeToString(sum[:16]))
	file := sha256.Sum256([]byte(e.path + e.file))
	r := model.EndpointRequest{UID: uid, Kind: e.kind, State: model.EndpointPending, User: e.user, Machine: e.machine,
		What: e.file, Justification: e.why, Complete: true, Created: raised, Minutes: 30, Expires: raised.Add(30 * time.Minute), Revision: 1,
		Facts: []model.Fact{
			{Group: "account", Key: "Username", Value: e.user}, {Group: "account", Key: "Domainname", Value: "EXAMPLE"},
			{Group: "account", Key: "MachineName", Value: e.machine}, {Group: "application", Key: "FileName", Value: e.file},
			{Group: "application", Key: "FilePath", Value: e.path}, {Group: "application", Key: "CommandLine", Value: e.args},
			{Group: "application", Key: "Description", Value: e.about},
			{Group: "application", Key: "FileHash", Value: hex.EncodeToString(file[:])}}}
	if e.args != "" {
		r.What = e.file + " " + e.args
	}
	var in model.Incident
	s.write(raised, func(tx *store.Tx) error {
		var err error
		r.Seen = tx.Now
		if in.Number, err = tx.NextNumber(model.PrefixIncident); err != nil {
			return err
		}
		r.Incident = in.Number
		if r.ID, err = tx.InsertEndpoint(r); err != nil {
			return err
		}
		in = model.Incident{Number: in.Number, EndpointID: r.ID, State: model.IncidentDraft, Priority: 3, Revision: 1,
			Short: e.user + " on " + e.machine + ": " + r.What, Correlation: s.correlation(), Created: tx.Now, Updated: tx.Now}
		in.ID, err = tx.InsertIncident(in)
		return err
	})
	s.write(raised.Add(took), func(tx *store.Tx) error {
		r.Decision = s.vote(e, r, tx.Now)
		r.State, r.Ended, r.Outcome = e.end, tx.Now, e.outcome()
		if err := unchanged(tx.UpdateEndpoint(r, model.EndpointPending)); err != nil {
			return err
		}
		in.State, in.Closed, in.CloseNotes = model.IncidentClosed, tx.Now, e.outcome()
		return unchanged(tx.UpdateIncident(in))
	})
}
