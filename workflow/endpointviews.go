package workflow

import (
	"time"

	"countersign/model"
)

// EndpointDecision is one decision on an endpoint request as it leaves the screen:
// the revision and the digest of the statement that was drawn.
type EndpointDecision struct {
	ID       int64
	Verdict  model.Verdict
	Revision int64
	Digest   model.Digest // of model.StatementOfEndpoint
	Comment  string       // required to deny; the vault takes none
}

// DeviceDecision is one decision on a device.
type DeviceDecision struct {
	ID       int64
	Verdict  model.Verdict
	Revision int64
	Comment  string // required to deny
}

// EndpointView is everything a detail screen shows of an endpoint request.
type EndpointView struct {
	model.EndpointRequest
	Statement model.Statement
	Hints     []model.Hint
	History   EndpointHistory
	Incident  model.Incident
	Timeline  []TimelineEntry // of the incident, oldest first
	Perms     []model.Permission
	// Ahead is how many requests are read in full before this one; 0 where its
	// evidence is complete.
	Ahead int
	// Soon says that the request ends within model.EndingSoon, and Left how long
	// it has; 0 where its end is over or not known.
	Soon bool
	Left time.Duration
	// Op is the order to the vault that carries the decision out, nil if there is
	// none.
	Op *model.Operation
	// DecidedBy is the login of who decided it here, "" if nobody did, "rule:NAME"
	// for a rule.
	DecidedBy string
	// Deciders are the logins of those who can decide it.
	Deciders []string
}

// Can returns why the person may not do the action now, nil if they may.
func (v EndpointView) Can(act model.Action) error { return permitted(v.Perms, act) }

func permitted(perms []model.Permission, act model.Action) error {
	for _, p := range perms {
		if p.Action == act {
			return p.Err
		}
	}
	return &model.Denied{Code: model.DenyRole, Reason: "not offered here"}
}

// EndpointHistory is what our own history tells about requests like this one.
type EndpointHistory struct {
	User    Earlier // of the same user on any machine
	File    Earlier // for the same file, by path and name
	Hash    Earlier // for a file with the same hash
	Command Earlier // for the same whole command
	// FirstSeen is set where neither the file, by hash or else by path, nor the
	// command was seen before.
	FirstSeen bool
}

// EarlierCap is how many earlier requests are looked at for an Earlier, the latest
// ones.
const EarlierCap = 500

// Earlier counts requests like one, by how they ended.
type Earlier struct {
	// Key is what they have in common, "" where this request does not report it:
	// then nothing is counted. Foreign text.
	Key string
	// Total is at most EarlierCap.
	Total, Approved, Denied, Expired, Elsewhere, Waiting int
	// Last is when the latest of them was decided or ended, LastState how, and
	// LastBy who decided it here: a login, "rule:NAME", or "" for nobody.
	Last      time.Time
	LastState model.EndpointState
	LastBy    string
	// By counts the decisions of each person, by login.
	By map[string]int
}

// DeviceRow is a device as lists show it.
type DeviceRow struct {
	model.Device
	DecidedBy string // login, "" if nobody did here
}

// DeviceView is everything a detail screen shows of a device.
type DeviceView struct {
	DeviceRow
	Statement model.Statement
	Hints     []model.Hint
	// Recent are the other devices of the last day, the newest first, and Earlier
	// those of the same address before, of whatever age.
	Recent, Earlier []model.Device
	Timeline        []TimelineEntry
	Perms           []model.Permission
	Op              *model.Operation
	Deciders        []string
}

// Can returns why the person may not do the action now, nil if they may.
func (v DeviceView) Can(act model.Action) error { return permitted(v.Perms, act) }

// IncidentRow is an incident as lists show it.
type IncidentRow struct {
	model.Incident
	StateName string // of the configuration
	Login     string // of the assignee, "" while nobody has it
	Endpoint  model.EndpointRequest
}

// IncidentView is an incident with both stories side by side.
type IncidentView struct {
	IncidentRow
	Timeline []TimelineEntry // of the incident, oldest first
	Request  EndpointView    // the endpoint request's own story
	Perms    []model.Permission
}

// Can returns why the person may not do the action now, nil if they may.
func (v IncidentView) Can(act model.Action) error { return permitted(v.Perms, act) }

// EndpointsState is how it goes with reading what waits in the vault, for a tab
// that must not look peaceful when nothing can be read.
type EndpointsState struct {
	Endpoints, Devices model.Listing
}

// WaitingRow is an endpoint request or a device among what waits for an approver;
// one of the two is set.
type WaitingRow struct {
	Endpoint *model.EndpointRequest
	Device   *DeviceRow
	// Due is when it ends; zero: not known, or never.
	Due     time.Time
	Created time.Time
}

// The views of devices.
const (
	DevicesWaiting = "waiting"
	DevicesDecided = "decided"
)

// The views of incidents.
const (
	IncidentsOpen   = "open"
	IncidentsAll    = "all"
	IncidentsMine   = "mine"
	IncidentsClosed = "closed"
)
