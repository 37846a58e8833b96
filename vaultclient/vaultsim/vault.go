package vaultsim

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"
)

// Relation says what the Keeper cloud knows of an address.
type Relation string

// The relations an address can have to the service account (PROTOCOL 12.2, 12.3).
const (
	// Known accounts can be shared with at once.
	Known Relation = "known"
	// NeedsInvitation accounts exist, but the first share only sends an invitation.
	NeedsInvitation Relation = "needs_invitation"
	// NoKey addresses have no Keeper account; sharing with them is "Nothing to do".
	NoKey Relation = "no_key"
)

// User is a Keeper account. An address that was never added is a NoKey one.
type User struct {
	Email    string
	ID       string // account uid, made up when empty
	Relation Relation
}

// Team is a group of accounts.
type Team struct {
	UID     string
	Name    string
	Members []string
}

// Field is one typed field of a record. Values are strings, int64 (dates, in epoch milliseconds) or maps of
// strings (host, name, keyPair ...).
type Field struct {
	Type  string
	Label string
	Value []any
}

// Record is what the vault holds of a record. Version 2 records are Keeper's legacy ones.
type Record struct {
	UID      string
	Title    string
	Type     string
	Fields   []Field
	Custom   []Field
	Notes    string
	Owner    string // the service account when empty
	Folder   string // folder uid, "" for the root
	Version  int    // 3 when 0
	Revision int64
	Modified time.Time
	content  int64 // revision of the last change of content, see outOfSync

	NoRotation bool // of a pamUser record: its password cannot be rotated
}

// Rights are what somebody may do with a record beyond reading it.
type Rights struct {
	Edit  bool
	Share bool
}

// String gives the rights in words: "view", "edit", "share" or "edit and share".
func (r Rights) String() string {
	switch {
	case r.Edit && r.Share:
		return "edit and share"
	case r.Edit:
		return "edit"
	case r.Share:
		return "share"
	}
	return "view"
}

// Share is one person's access to one record. Expires is zero for a standing share.
type Share struct {
	User    string
	Rights  Rights
	Expires time.Time
	Rotates bool // the record's password changes at Expires
}

// OneTimeShare is a one-time link to a record. The link itself is not kept.
type OneTimeShare struct {
	ID        string
	Name      string
	Record    string
	Editable  bool
	Generated time.Time
	Expires   time.Time
	Opened    time.Time
}

// Vault is the Keeper cloud as one service account sees it. Its exported methods fill it before a server
// starts, and afterwards act as somebody else elsewhere: a running server sees their effect only where the
// real service would (PROTOCOL 12.1, freshness). It is safe for concurrent use.
type Vault struct {
	mu      sync.Mutex
	clock   *Clock
	service string
	seed    uint64
	serials map[string]uint64 // how much each stream of bytes has given
	random  *rand.Rand
	rev     int64

	users   map[string]*User
	teams   map[string]*Team
	state   view
	shares  map[string][]Share // by record; the owner is not in it
	links   []*OneTimeShare
	epm     []*Approval
	devices []*Device
}

// view is a state of records and folders. The cloud has one, a server's cache is an older copy. Records and
// folders in it are never changed in place.
type view struct {
	records map[string]*Record
	order   []string
	folders map[string]*Folder
	forder  []string
	shared  map[string]bool // records with a share or in a shared folder
}

// VaultOptions says how to make a vault.
type VaultOptions struct {
	Service string // address of the service account; svc-commander@example.com when empty
	Seed    uint64 // decides every uid, password and link
	Clock   *Clock // a running clock when nil
}

// DefaultService is the address of the service account where nothing else is said.
const DefaultService = "svc-commander@example.com"

// NewVault returns an empty vault.
func NewVault(opts VaultOptions) *Vault {
	if opts.Service == "" {
		opts.Service = DefaultService
	}
	if opts.Clock == nil {
		opts.Clock = NewClock()
	}
	v := &Vault{
		clock: opts.Clock, service: opts.Service, seed: opts.Seed,
		random:  rand.New(rand.NewPCG(opts.Seed, opts.Seed^0x9e3779b97f4a7c15)), // #nosec G404 -- the same each time
		serials: map[string]uint64{},
		users:   map[string]*User{}, teams: map[string]*Team{}, shares: map[string][]Share{},
		state: view{records: map[string]*Record{}, folders: map[string]*Folder{}},
	}
	v.AddUser(User{Email: opts.Service, Relation: Known})
	return v
}

// Service returns the address of the service account.
func (v *Vault) Service() string { return v.service }

// Clock returns the vault's clock.
func (v *Vault) Clock() *Clock { return v.clock }

// bytes returns n bytes of a stream that depends only on the seed and the stream's name, so that request ids,
// say, do not change the uids of records made later.
func (v *Vault) bytes(stream string, n int) []byte {
	var out []byte
	for len(out) < n {
		v.serials[stream]++
		in := binary.BigEndian.AppendUint64([]byte(stream), v.seed)
		sum := sha256.Sum256(binary.BigEndian.AppendUint64(in, v.serials[stream]))
		out = append(out, sum[:]...)
	}
	return out[:n]
}

// newUID makes a uid of 22 characters. Commander's own never begin with a dash, EPM ones can (PROTOCOL 7.5).
func (v *Vault) newUID(dash bool) string {
	for {
		uid := base64.RawURLEncoding.EncodeToString(v.bytes("uid", 16))
		if dash || uid[0] != '-' {
			return uid
		}
	}
}

func (v *Vault) nextRevision() int64 {
	v.rev++
	return v.rev
}

// AddUser adds an account or replaces what is known of it.
func (v *Vault) AddUser(u User) {
	v.mu.Lock()
	defer v.mu.Unlock()
	u.Email = strings.ToLower(u.Email)
	if u.Relation == "" {
		u.Relation = Known
	}
	if u.ID == "" {
		u.ID = v.newUID(false)
	}
	v.users[u.Email] = &u
}

// SetRelation changes what the cloud knows of an address; with Known, an invitation was accepted.
func (v *Vault) SetRelation(email string, r Relation) {
	v.mu.Lock()
	defer v.mu.Unlock()
	email = strings.ToLower(email)
	u := User{Email: email, ID: v.newUID(false)}
	if known := v.users[email]; known != nil {
		u = *known
	}
	u.Relation = r
	v.users[email] = &u
}

func (v *Vault) relation(email string) Relation {
	if u := v.users[email]; u != nil {
		return u.Relation
	}
	return NoKey
}

// AddTeam adds a team and returns its uid, which is made up when empty.
func (v *Vault) AddTeam(t Team) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	if t.UID == "" {
		t.UID = v.newUID(false)
	}
	v.teams[t.UID] = &t
	return t.UID
}

// AddRecord adds a record and returns its uid, which is made up when empty.
func (v *Vault) AddRecord(r Record) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.addRecord(r)
}

func (v *Vault) addRecord(r Record) string {
	if r.UID == "" {
		r.UID = v.newUID(false)
	}
	if r.Owner == "" {
		r.Owner = v.service
	}
	if r.Version == 0 {
		r.Version = 3
	}
	if r.Modified.IsZero() {
		r.Modified = v.clock.Now()
	}
	if r.Revision == 0 {
		r.Revision = v.nextRevision()
	}
	v.rev = max(v.rev, r.Revision)
	r.content = r.Revision
	if v.state.records[r.UID] == nil {
		v.state.order = append(v.state.order, r.UID)
	}
	v.state.records[r.UID] = &r
	return r.UID
}

// EditRecord changes a record as its owner would in the web vault. It does nothing for an unknown uid. The
// function must not call the vault.
func (v *Vault) EditRecord(uid string, edit func(*Record)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.editRecord(uid, edit)
}

func (v *Vault) editRecord(uid string, edit func(*Record)) {
	old := v.state.records[uid]
	if old == nil {
		return
	}
	r := *old
	r.Fields, r.Custom = cloneFields(r.Fields), cloneFields(r.Custom)
	edit(&r)
	r.Revision = v.nextRevision()
	r.content = r.Revision
	r.Modified = v.clock.Now()
	v.state.records[uid] = &r
}

func cloneFields(fields []Field) []Field {
	out := slices.Clone(fields)
	for i := range out {
		out[i].Value = slices.Clone(out[i].Value)
	}
	return out
}

// RemoveRecord takes a record out of the vault, with its shares and links.
func (v *Vault) RemoveRecord(uid string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.removeRecord(uid)
}

func (v *Vault) removeRecord(uid string) {
	delete(v.state.records, uid)
	delete(v.shares, uid)
	v.state.order = slices.DeleteFunc(v.state.order, func(o string) bool { return o == uid })
	v.links = slices.DeleteFunc(v.links, func(l *OneTimeShare) bool { return l.Record == uid })
}

// Record returns the cloud's copy of a record.
func (v *Vault) Record(uid string) (Record, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	r := v.state.records[uid]
	if r == nil {
		return Record{}, false
	}
	return *r.clone(), true
}

func (r *Record) clone() *Record {
	out := *r
	out.Fields, out.Custom = cloneFields(r.Fields), cloneFields(r.Custom)
	return &out
}

// Records returns the uids of all records in the order in which they came.
func (v *Vault) Records() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.state.order)
}

// snapshot copies the cloud's present state, as sync-down does.
func (v *Vault) snapshot() view {
	out := view{
		records: maps.Clone(v.state.records), order: slices.Clone(v.state.order),
		folders: maps.Clone(v.state.folders), forder: slices.Clone(v.state.forder),
		shared: make(map[string]bool, len(v.shares)),
	}
	for uid := range v.shares {
		if len(v.liveShares(uid)) > 0 {
			out.shared[uid] = true
		}
	}
	for uid, r := range out.records {
		if f := out.folders[r.Folder]; f != nil && f.Shared != "" {
			out.shared[uid] = true
		}
	}
	return out
}

// password returns a random password of n characters of the kind that Commander generates.
func (v *Vault) password(n int) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!@#$%()+=.,<>?"
	out := make([]byte, n)
	for i := range out {
		out[i] = alphabet[v.random.IntN(len(alphabet))]
	}
	return string(out)
}
