package workflow

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"countersign/model"
)

// Obstacle is what stands between this program and the vault service.
type Obstacle string

// The obstacles, each with a remedy of its own.
const (
	NoObstacle       Obstacle = ""
	NameUnknown      Obstacle = "name unknown"
	NobodyListens    Obstacle = "nobody listens"
	NoWay            Obstacle = "no way there" // no route, or no answer to the connection
	SpeaksPlain      Obstacle = "speaks plain http"
	SpeaksTLS        Obstacle = "speaks https"
	CertificateTime  Obstacle = "certificate out of date"
	CertificateName  Obstacle = "certificate for another name"
	Authority        Obstacle = "unknown authority"
	OtherCertificate Obstacle = "another certificate"
	NoTLS            Obstacle = "no secure connection"
	NotTheService    Obstacle = "not the service"
	Garbled          Obstacle = "garbled answers"
	KeyRefused       Obstacle = "key refused"
	KeyExpired       Obstacle = "key expired"
	AddressRefused   Obstacle = "address refused"
	QueueOff         Obstacle = "queue off"
	LimitReached     Obstacle = "rate limit"
	QueueFull        Obstacle = "queue full"
	Stuck            Obstacle = "stuck"
	NoAnswer         Obstacle = "no answer"
	LoggedOut        Obstacle = "logged out"
	Sealed           Obstacle = "encrypted answers"
	Failing          Obstacle = "failing"
)

// KeyRefusedText begins the finding that a service is there and does not know the
// key: what a made-up key is to find.
const KeyRefusedText = "the service refuses the key"

// Trouble is one obstacle as it was met.
type Trouble struct {
	Obstacle Obstacle
	Words    string // of the service or the system; foreign text
}

// Shown is the certificate that the service shows. All texts are foreign.
type Shown struct {
	Fingerprint string
	Names       []string
	Issuer      string
	From, Until time.Time
	SelfSigned  bool
}

// Permit is one command of the key's allow list.
type Permit struct {
	Command  string
	Missing  bool
	Unclear  bool   // it could not be found out
	Disables string // what cannot be done without it
	Optional bool
}

// Examination is what a close look at the vault service has found. What could not
// be looked at because of what was found before has its zero value.
type Examination struct {
	Address string
	Now     time.Time
	Latency time.Duration
	InClear bool // the key crosses a network without TLS
	Reached bool // the service answers, and takes the key
	// Tried says that the commands of the key were tried just before: they are not
	// tried again.
	Tried    bool
	Trouble  Trouble
	Shown    Shown
	Waiting  int // commands in the service's queue
	Permits  []Permit
	Version  string // "" where it is not told
	Limit    string // of the service, in its words, where it was met
	OurLimit int    // calls a minute that are configured
	// Ahead is by how much the clock of the service's host, read in the configured
	// Zone, is ahead of ours; Clocked says whether it is known.
	Ahead   time.Duration
	Clocked bool
	Zone    string
	// Search is how one harmless search went, and Hits what it found in all.
	Search   Trouble
	Searched bool
	Hits     int
	Account  string // of the service, "" where it is not told
	// Endpoints is how the listing of endpoint requests went, Pending how many wait.
	Endpoints Trouble
	Listed    bool
	Pending   int
	EPMWord   string
}

// Checks judges the examination.
func (e Examination) Checks() []Check {
	var found checks
	e.connection(&found)
	if !e.Reached {
		return found
	}
	e.certificate(&found)
	e.permits(&found)
	e.version(&found)
	e.limit(&found)
	e.clock(&found)
	e.search(&found)
	e.endpoints(&found)
	return found
}

// host is the host and port of the address.
func (e Examination) host() string {
	u, err := url.Parse(e.Address)
	if err != nil {
		return e.Address
	}
	return u.Host
}

// said puts the words of the service behind a sentence.
func (t Trouble) said(sentence string) string {
	if t.Words == "" {
		return sentence
	}
	return sentence + ": " + t.Words
}

// connection says whether the service can be reached and takes the key.
func (e Examination) connection(found *checks) {
	if e.Trouble.Obstacle == NoObstacle {
		found.ok("vault.address", "%s answers after %s", e.Address, millis(e.Latency))
		found.ok("vault.key", "the key is taken")
		found.ok("vault.queue", "the service runs with its queue; %d commands wait in it", e.Waiting)
		return
	}
	name, sentence, remedy := e.obstacle(e.Trouble)
	if e.Reached {
		found.ok("vault.address", "%s answers after %s", e.Address, millis(e.Latency))
	}
	found.bad(name, remedy, "%s", e.Trouble.said(sentence))
}

// obstacle is the name of the check that a trouble belongs to, what it means, and
// what to do.
func (e Examination) obstacle(t Trouble) (name, sentence, remedy string) {
	host := e.host()
	switch t.Obstacle {
	case NameUnknown:
		return "vault.address", "no host of that name is known here: " + host,
			"write the right name into [vault] url, or have the name added to DNS or /etc/hosts"
	case NobodyListens:
		return "vault.address", "nobody listens at " + host,
			"start the service there (Commander: service-start), or write the port into [vault] url that it was created with (service-status tells)"
	case NoWay:
		return "vault.address", "there is no way to " + host,
			"have the network or its firewall let this host connect there; the service listens on all addresses of its host"
	case SpeaksPlain:
		return "vault.tls", "the service at " + host + " has no certificate, and the address begins with https",
			"have the service created again with a certificate (service-create … -crtf CERT; it prints a new key), or write http:// into [vault] url if it is on this host"
	case SpeaksTLS:
		return "vault.tls", "the service at " + host + " has a certificate, and the address begins with http",
			"write https:// into [vault] url" + e.pinWords()
	case CertificateTime:
		text, todo := "the certificate of "+host+" is out of date", "have the service's administrator renew the certificate; if it is good, set the clock of this machine"
		if !e.Shown.Until.IsZero() {
			text += fmt.Sprintf(" (it is good from %s to %s)", e.Shown.From.Format(time.DateOnly), e.Shown.Until.Format(time.DateOnly))
		}
		return "vault.tls", text, todo
	case CertificateName:
		return "vault.tls", "the certificate of " + host + " is for other names: " + strings.Join(e.Shown.Names, ", "),
			"write one of these names into [vault] url, or have the certificate made for this one" + e.pinWords()
	case Authority:
		return "vault.tls", "the certificate of " + host + " is from an authority that is not known here: " + e.Shown.Issuer,
			"name the file of that authority: [vault] ca_file" + e.pinWords()
	case OtherCertificate:
		return "vault.tls", "the certificate of " + host + " is not the pinned one",
			"somebody may be in between. If the service's administrator says that it was renewed, and names the same" + e.fingerprint() + ", write that into [vault] fingerprint"
	case NoTLS:
		return "vault.tls", "no secure connection could be made with " + host, "look at the certificate and the log of the service"
	case NotTheService:
		return "vault.address", "what answers at " + host + " is not Commander's Service Mode",
			"write the host and port of the service into [vault] url, without a path; look for a proxy in between"
	case Garbled:
		return "vault.answers", "the answers of " + host + " do not arrive whole", "look at any proxy in between, and at the log of the service"
	case KeyRefused:
		return "vault.key", KeyRefusedText,
			"put the key that service-create or service-config-add printed into the file that [vault] names; if it worked before, have the service restarted: it may be unable to read its own configuration"
	case KeyExpired:
		return "vault.key", "the key has expired", "have the service's administrator make a new key (service-config-add), and put it into the file that [vault] names"
	case AddressRefused:
		return "vault.key", "the service does not allow the address of this machine",
			"have the service's administrator add it to the allowed IP list (ip_allowed_list), and take it from the denied one"
	}
	return e.obstacleWithin(t)
}

// obstacleWithin is obstacle for what is wrong inside the service.
func (e Examination) obstacleWithin(t Trouble) (name, sentence, remedy string) {
	switch t.Obstacle {
	case QueueOff:
		return "vault.queue", "the service runs without its queue: answers of several callers are mixed there, and nothing is sent to it",
			"have the service created again with its queue: service-create … -q y; it prints a new key, for the file that [vault] names"
	case LimitReached:
		sentence, remedy = e.limited()
		return "vault.limit", sentence, remedy
	case QueueFull:
		return "vault.queue", "the service's queue is full", "wait until it has worked through it; if it does not, have the service restarted"
	case Stuck:
		return "vault.answers", "the service takes commands and does not answer them" + e.waiting(),
			"look at the terminal of the service: a command may be asking something there. Else have the service restarted; what was sent is looked for"
	case NoAnswer:
		return "vault.answers", "the service did not answer in time", "try again; if it stays so, look at the host of the service: it may be overloaded, or its network slow"
	case LoggedOut:
		return "vault.session", "the service is logged out of Keeper",
			"have the service account log in again on the host of the service (keeper shell, login), and the service restarted"
	case Sealed:
		return "vault.encryption", "the service encrypts its answers, and the configured key does not open them",
			"put the service's encryption_private_key into a file with mode 600, and name that as [vault] encryption_key_file"
	}
	return "vault.answers", "the service reports a failure", "try again in some minutes: Keeper's cloud may be busy or away; the log of the service says more"
}

// waiting says how long the service's queue is, where something waits in it.
func (e Examination) waiting() string {
	if e.Waiting == 0 {
		return ""
	}
	return fmt.Sprintf("; waiting in its queue: %d", e.Waiting)
}

// pinWords offers to pin the certificate that is shown.
func (e Examination) pinWords() string {
	if e.Shown.Fingerprint == "" {
		return ""
	}
	return "; or, if the service's administrator names the same" + e.fingerprint() + ", write that into [vault] fingerprint"
}

func (e Examination) fingerprint() string {
	if e.Shown.Fingerprint == "" {
		return " fingerprint"
	}
	return " fingerprint, " + e.Shown.Fingerprint
}

// certificate says how the connection is secured.
func (e Examination) certificate(found *checks) {
	switch {
	case e.InClear:
		found.warn("vault.tls", "give the service a certificate (service-create … -crtf CERT), or go through a tunnel to localhost",
			"the key and all answers cross the network unencrypted")
	case e.Shown.Until.IsZero():
		found.ok("vault.tls", "the service is on this host")
	case e.Shown.Until.Sub(e.Now) < 30*24*time.Hour:
		found.warn("vault.tls", "have the service's administrator renew it in time; a pinned fingerprint changes with it",
			"the certificate ends on %s", e.Shown.Until.Format(time.DateOnly))
	default:
		found.ok("vault.tls", "the connection is secured; the certificate ends on %s", e.Shown.Until.Format(time.DateOnly))
	}
}

// permitName begins the name of the check of each command.
const permitName = "vault.command."

// permits says of every command whether the key may run it.
func (e Examination) permits(found *checks) {
	for _, p := range e.Permits {
		name := permitName + p.Command
		remedy := fmt.Sprintf("have the service's administrator add %q to the commands of this key in its record in Keeper, or make another key with all of them: service-config-add, with what countersign setup --service lists", p.Command)
		switch {
		case p.Unclear:
			found.warn(name, "run this again", "whether the key may run %s could not be found out", p.Command)
		case !p.Missing:
			found.ok(name, "permitted: %s", p.Disables)
		case p.Optional:
			found.warn(name, remedy, "the key may not run %s, which helps with %s", p.Command, p.Disables)
		default:
			found.bad(name, remedy, "the key may not run %s, which is needed for %s", p.Command, p.Disables)
		}
	}
}

// FoldPermits puts one finding in the place of all those that say that a command is
// permitted.
func FoldPermits(found []Check) []Check {
	var folded []Check
	at, n := -1, 0
	for _, c := range found {
		if c.State != CheckOK || !strings.HasPrefix(c.Name, permitName) {
			folded = append(folded, c)
			continue
		}
		if n++; at < 0 {
			at = len(folded)
			folded = append(folded, c)
		}
	}
	if n > 0 {
		folded[at].Text = fmt.Sprintf("commands that the key may run: %d", n)
	}
	return folded
}

// limit says that the service's limit was not met; where it was, that is the trouble.
func (e Examination) limit(found *checks) {
	if e.Trouble.Obstacle == NoObstacle {
		found.ok("vault.limit", "the service takes what this program sends, at most %d calls a minute", e.OurLimit)
	}
}

// limited compares the service's limit, which was met, with ours.
func (e Examination) limited() (sentence, remedy string) {
	sentence = "the service's rate limit is used up"
	if e.Limit == "" {
		return sentence, "wait a minute and run this again; " + raiseLimit
	}
	sentence += fmt.Sprintf(": it takes %s from one address, and this program is set to %d a minute", e.Limit, e.OurLimit)
	var takes int
	var unit string
	if n, err := fmt.Sscanf(e.Limit, "%d per 1 %s", &takes, &unit); err == nil && n == 2 && unit == "minute" && takes >= e.OurLimit {
		return sentence, "wait a minute and run this again; if it stays so, find out what else calls the service from this address"
	}
	return sentence, "wait a minute and run this again; " + raiseLimit
}

const raiseLimit = "if it stays so, have the service's administrator raise its rate_limiting (60/minute is the least for work), or lower [vault] calls_per_minute below it"

// clock compares the clock and zone of the service's host with what is configured.
func (e Examination) clock(found *checks) {
	if !e.Clocked {
		if e.Trouble.Obstacle != NoObstacle || e.Lacks("search") {
			return // it was not looked at
		}
		found.warn("vault.clock", "run this again", "what the clock of the service's host shows could not be found out")
		return
	}
	off := e.Ahead.Round(time.Minute)
	zones := off.Round(zoneStep)
	switch {
	case e.Ahead.Abs() <= clockSlop:
		found.ok("vault.clock", "the clock of the service's host agrees with ours, read in %s", e.Zone)
	case zones != 0 && (e.Ahead-zones).Abs() <= clockSlop:
		found.bad("vault.clock", "set [vault] timezone to the zone of the service's host; there, `timedatectl` names it",
			"the clock of the service's host shows %s than it should in %s: ends of endpoint requests are misread", aheadWords(off), e.Zone)
	default:
		found.bad("vault.clock", "set the clock of the service's host, or of this one, by the network: timedatectl set-ntp true",
			"the clock of the service's host shows %s than ours", aheadWords(off))
	}
}

// aheadWords says how much more or less a clock shows.
func aheadWords(d time.Duration) string {
	if d < 0 {
		return model.FormatDuration(-d) + " less"
	}
	return model.FormatDuration(d) + " more"
}

// search says how one search went.
func (e Examination) search(found *checks) {
	switch {
	case !e.Searched:
	case e.Search.Obstacle != NoObstacle:
		name, sentence, remedy := e.obstacle(e.Search)
		if name == "vault.answers" {
			name = "vault.search"
		}
		found.bad(name, remedy, "a search fails: %s", e.Search.said(sentence))
	case e.Hits == 0:
		found.warn("vault.search", "share records or folders with the service account"+account(e.Account)+", else there is nothing to give access to",
			"a search is answered, and the service account sees no record and no folder")
	default:
		found.ok("vault.search", "a search is answered: the service account%s sees %d records and folders", account(e.Account), e.Hits)
	}
}

func account(address string) string {
	if address == "" {
		return ""
	}
	return " " + address
}

// endpoints says whether endpoint requests can be read.
func (e Examination) endpoints(found *checks) {
	switch {
	case !e.Listed:
	case e.Endpoints.Obstacle != NoObstacle:
		_, _, remedy := e.obstacle(e.Endpoints)
		if e.Endpoints.Obstacle == Failing && e.Search.Obstacle == NoObstacle {
			remedy = "run this again in some minutes; if it stays so, and endpoint requests are to be decided here: the enterprise needs Endpoint Privilege Manager, and the role of the service account the right to manage it (Admin Console, Roles)"
		}
		found.warn("epm.list", remedy, "endpoint requests cannot be read: %s", e.Endpoints.said("the service reports a failure"))
	default:
		found.ok("epm.list", "endpoint requests can be read; %d wait", e.Pending)
		found.ok("epm.alerts", "Keeper's alerts are not needed: the worker asks by itself every two minutes, and every 15 s while some wait")
	}
}

// Lacks reports whether the key is known not to be permitted a command.
func (e Examination) Lacks(command string) bool {
	return slices.ContainsFunc(e.Permits, func(p Permit) bool { return p.Command == command && p.Missing })
}
