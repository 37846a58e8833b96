package vaultsim

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Pair is one property of an endpoint request. The order of properties is kept.
type Pair struct{ Key, Value string }

// The states of an endpoint request.
const (
	Pending   = "Pending"
	Approved  = "Approved"
	Denied    = "Denied"
	Expired   = "Expired"
	Escalated = "Escalated"
)

// Approval is a request for elevation on an endpoint. Commander never computes Expired by itself; the cloud
// does, here by Vault.DecideApproval.
type Approval struct {
	UID           string
	Type          string // PrivilegeElevation, FileAccess, CommandLine, LeastPrivilege, Custom
	Status        string
	Agent         string
	Account       []Pair
	Application   []Pair
	Justification string
	ExpireIn      int // minutes
	Created       time.Time
}

// AddApproval adds an endpoint request and returns its uid, which is made up when empty. A server sees it
// after `epm sync-down`.
func (v *Vault) AddApproval(a Approval) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	if a.UID == "" {
		a.UID = v.newUID(true)
	}
	if a.Status == "" {
		a.Status = Pending
	}
	if a.Agent == "" {
		a.Agent = v.newUID(false)
	}
	if a.Created.IsZero() {
		a.Created = v.clock.Now()
	}
	v.epm = append(v.epm, &a)
	return a.UID
}

// DecideApproval sets the status of an endpoint request elsewhere; it returns false for an unknown uid.
func (v *Vault) DecideApproval(uid, status string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.setStatus(uid, status)
}

// EndApproval is DecideApproval for a request that still waits. It returns false for any other, as the cloud
// decides nothing twice.
func (v *Vault) EndApproval(uid, status string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.ContainsFunc(v.epm, func(a *Approval) bool { return a.UID == uid && a.Status == Pending }) && v.setStatus(uid, status)
}

func (v *Vault) setStatus(uid, status string) bool {
	for i, a := range v.epm {
		if a.UID == uid {
			changed := *a
			changed.Status = status
			v.epm[i] = &changed
			return true
		}
	}
	return false
}

// Approvals returns the cloud's endpoint requests, newest first.
func (v *Vault) Approvals() []Approval {
	v.mu.Lock()
	defer v.mu.Unlock()
	var out []Approval
	for _, a := range newestFirst(v.epm) {
		out = append(out, *a)
	}
	return out
}

func newestFirst(list []*Approval) []*Approval {
	out := slices.Clone(list)
	slices.SortStableFunc(out, func(a, b *Approval) int { return b.Created.Compare(a.Created) })
	return out
}

// approvals returns the cached requests. The cache is filled at its first use and emptied by an action that
// the cloud answered (PROTOCOL 12.7).
func (c *call) approvals() []*Approval {
	if c.s.epmCache == nil {
		c.s.epmCache = append([]*Approval{}, newestFirst(c.v.epm)...)
	}
	return c.s.epmCache
}

func (c *call) epm() error {
	switch strings.Join(c.verb, " ") {
	case "sync-down":
		if _, err := c.parse(&parser{options: []option{{names: []string{"--reload"}, flag: true}}}); err != nil {
			return err
		}
		c.s.epmCache = nil
		c.approvals()
		return nil
	case "approval":
		c.out.print(helpApproval)
		c.approvalTable(c.approvals())
		return nil
	case "approval list":
		return c.approvalList()
	case "approval view":
		return c.approvalView()
	case "approval action":
		return c.approvalAction()
	}
	c.out.print(helpEPM)
	return nil
}

func (c *call) approvalList() error {
	args, err := c.parse(&parser{options: []option{
		{names: []string{"--type"}, choices: []string{"approved", "denied", "pending", "expired", "escalated"}},
		{names: []string{"--format"}, choices: []string{"table", "csv", "json", "pdf"}},
		{names: []string{"--output"}},
	}})
	if err != nil || args.help {
		return err
	}
	list := slices.Clone(c.approvals())
	if status := args.last("type"); status != "" {
		list = slices.DeleteFunc(list, func(a *Approval) bool { return !strings.EqualFold(a.Status, status) })
	}
	if args.last("format") != "json" {
		c.approvalTable(list)
		return nil
	}
	rows := []any{}
	for _, a := range list {
		rows = append(rows, c.approvalJSON(a, pairTexts(a.Account), pairTexts(a.Application)))
	}
	c.out.json(rows)
	return nil
}

// pairTexts gives properties as the list shows them: Key=Value, cut to 30 characters.
func pairTexts(pairs []Pair) []any {
	out := []any{}
	for _, p := range pairs {
		text := []rune(p.Key + "=" + p.Value)
		out = append(out, string(text[:min(30, len(text))]))
	}
	return out
}

func pairObject(pairs []Pair) object {
	o := object{}
	for _, p := range pairs {
		o = append(o, member{p.Key, p.Value})
	}
	return o
}

func (c *call) approvalJSON(a *Approval, account, application any) object {
	o := object{
		{"approval_uid", a.UID}, {"approval_type", a.Type}, {"status", a.Status}, {"agent_uid", a.Agent},
		{"account_info", account}, {"application_info", application},
	}
	if a.Justification != "" {
		o = append(o, member{"justification", a.Justification})
	}
	return append(o, member{"expire_in", a.ExpireIn}, member{"created", c.s.naive(a.Created)})
}

// reason gives a justification as tables show it: the text member, where it is such a JSON text.
func reason(justification string) string {
	var o struct {
		Text string `json:"text"`
	}
	if json.Unmarshal([]byte(justification), &o) == nil && o.Text != "" {
		return o.Text
	}
	return justification
}

// approvalTable prints requests. Each property has a row of its own below the first.
func (c *call) approvalTable(list []*Approval) {
	var rows [][]string
	for _, a := range list {
		account, application := pairTexts(a.Account), pairTexts(a.Application)
		at := func(texts []any, i int) string {
			if i < len(texts) {
				return texts[i].(string)
			}
			return ""
		}
		rows = append(rows, []string{a.UID, a.Type, a.Status, a.Agent, at(account, 0), at(application, 0),
			reason(a.Justification), strconv.Itoa(a.ExpireIn), strings.Replace(c.s.naive(a.Created), "T", " ", 1)})
		for i := 1; i < max(len(account), len(application)); i++ {
			rows = append(rows, []string{"", "", "", "", at(account, i), at(application, i), "", "", ""})
		}
	}
	c.out.print(table([]string{"Approval UID", "Approval Type", "Status", "Agent UID", "Account Info",
		"Application Info", "Justification", "Expire In", "Created"}, rows))
}

func (c *call) approvalView() error {
	args, err := c.parse(&parser{
		options:     []option{{names: []string{"--format"}, choices: []string{"table", "json"}}},
		positionals: []positional{{name: "approval", min: 1, max: 1}},
	})
	if err != nil || args.help {
		return err
	}
	uid := args.last("approval")
	i := slices.IndexFunc(c.approvals(), func(a *Approval) bool { return a.UID == uid })
	if i < 0 {
		return exception(fmt.Sprintf("Approval UID %q does not exist", uid))
	}
	a := c.approvals()[i]
	if args.last("format") == "json" {
		c.out.json([]any{c.approvalJSON(a, pairObject(a.Account), pairObject(a.Application))})
		return nil
	}
	c.out.print(table([]string{"Property", "Value"}, [][]string{
		{"Approval UID", a.UID}, {"Approval Type", a.Type}, {"Status", a.Status}, {"Agent UID", a.Agent},
		{"Account Info", pyDict(a.Account)}, {"Application Info", pyDict(a.Application)},
		{"Justification", reason(a.Justification)}, {"Expire In", strconv.Itoa(a.ExpireIn)},
		{"Created", strings.Replace(c.s.naive(a.Created), "T", " ", 1)},
	}))
	return nil
}

func pyDict(pairs []Pair) string {
	parts := make([]string, len(pairs))
	for i, p := range pairs {
		parts[i] = pyQuote(p.Key) + ": " + pyQuote(p.Value)
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// approvalAction approves, denies and removes requests. It says nothing of what it did, only what was refused.
func (c *call) approvalAction() error {
	args, err := c.parse(&parser{options: []option{
		{names: []string{"--approve"}}, {names: []string{"--deny"}}, {names: []string{"--remove"}},
	}})
	if err != nil || args.help {
		return err
	}
	approve, ok1 := c.uids(args.values["approve"])
	deny, ok2 := c.uids(args.values["deny"])
	if !ok1 || !ok2 {
		return nil
	}
	remove, ok := c.removals(args.values["remove"])
	if !ok || len(approve)+len(deny)+len(remove) == 0 {
		return nil
	}
	decide := func(uids []string, status, failed string, kind Kind) {
		for _, uid := range uids {
			i := slices.IndexFunc(c.v.epm, func(a *Approval) bool { return a.UID == uid })
			if i < 0 || c.v.epm[i].Status != Pending && c.v.epm[i].Status != Escalated {
				c.out.log(fmt.Sprintf("Failed to %s %q: Approval request does not exist or cannot be modified", failed, uid))
				continue
			}
			c.v.setStatus(uid, status)
			c.s.did(Entry{Kind: kind, UID: uid})
		}
	}
	decide(approve, Approved, "approved", Approve)
	decide(deny, Denied, "deny", Deny)
	for _, uid := range remove {
		before := len(c.v.epm)
		c.v.epm = slices.DeleteFunc(c.v.epm, func(a *Approval) bool { return a.UID == uid })
		if len(c.v.epm) == before {
			c.out.log(fmt.Sprintf("Failed to remove %q: Approval request does not exist or cannot be modified", uid))
			continue
		}
		c.s.did(Entry{Kind: RemoveRequest, UID: uid})
	}
	if !c.broken {
		c.s.epmCache = nil
	}
	return nil
}

// uids checks that each text is a uid of 16 bytes.
func (c *call) uids(texts []string) ([]string, bool) {
	for _, t := range texts {
		if b, err := base64.RawURLEncoding.DecodeString(t); err != nil || len(b) != 16 {
			c.out.log("Invalid UID: " + t)
			return nil, false
		}
	}
	return texts, true
}

// removals resolves what --remove names: uids, or @status for all cached requests of that status. Pending ones
// have no status row, so that @pending matches none.
func (c *call) removals(texts []string) ([]string, bool) {
	var out, plain []string
	for _, t := range texts {
		status, isGroup := strings.CutPrefix(t, "@")
		if !isGroup {
			plain = append(plain, t)
			continue
		}
		for _, a := range c.approvals() {
			if a.Status != Pending && strings.EqualFold(a.Status, status) {
				out = append(out, a.UID)
			}
		}
	}
	checked, ok := c.uids(plain)
	return append(out, checked...), ok
}
