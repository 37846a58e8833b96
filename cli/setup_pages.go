package cli

import (
	"fmt"
	"maps"
	"net"
	"os"
	"strings"

	"countersign/config"
	"countersign/model"
	"countersign/ui/setup"
	"countersign/vaultclient"
)

// script is everything that set-up asks, in its order.
func (w *wizard) script() setup.Script {
	return setup.Script{Values: w.stands.Load().answers(), Pages: []setup.Page{
		w.servicePage(), w.addressPage(), w.keyPage(), w.peoplePage(), w.placesPage(), w.reviewPage(),
	}}
}

// allowList is the commands of the key, as service-create takes them.
func allowList() string {
	needed, optional := vaultclient.Commands(false)
	return strings.Join(append(needed, optional...), ",")
}

// serviceText says what the administrator of the vault service does.
func serviceText(v setup.Values) []string {
	port, host := v[askPort], "ADDRESS"
	if port == "" {
		port = "8900"
	}
	tls, here := " -crtf CERT.pem -crtp PASSWORD", ""
	if isHere(v) {
		tls, host = "", "127.0.0.1"
		here = " If it is to be on another host: -crtf CERT.pem -crtp PASSWORD give it a certificate, and -aip is the address of this host."
	}
	return []string{
		"The vault is reached through Keeper Commander's Service Mode, release 17.1.7 or newer. If it does not run yet: log in as the service account on its host (keeper shell), and there write on one line:",
		"\tservice-create -p " + port + " -f yaml -rm background -q y -rl 60/minute -aip " + host + tls + " -c " + allowList(),
		"It prints the key that is asked for soon. To copy the line whole: countersign setup --service." + here + " A service that runs already gets a further key by service-config-add, with the same commands.",
		"Asked instead, the answers are: port " + port + " · Ngrok n · Cloudflare n · TLS certificate " + yesNo(tls != "") +
			" · request queue y · advanced security y · rate limit 60/minute · allowed IP list " + host + " · denied list empty · encryption n · commands as above · format yaml · run mode background.",
	}
}

func yesNo(yes bool) string {
	if yes {
		return "y"
	}
	return "n"
}

func (w *wizard) servicePage() setup.Page {
	return setup.Page{Title: "The vault service", Text: serviceText}
}

func (w *wizard) addressPage() setup.Page {
	secure := func(v setup.Values) bool { return schemeOf(v) == "https" }
	return setup.Page{
		Title: "Where the service listens", Looking: "knocking at the service",
		Text: func(setup.Values) []string {
			return []string{"The host and port that the service was created with. Over a network it needs a certificate; on this host it does not."}
		},
		Look: w.lookAddress,
		Questions: []setup.Question{
			{Key: askHost, Label: "Host", Hint: "a name or an address", Check: w.wrongHost},
			{Key: askPort, Label: "Port", Hint: "8900 unless created otherwise", Check: func(_ setup.Values, s string) string { return validPort(s) },
				When: func(v setup.Values) bool { return !strings.Contains(v[askHost], "://") }},
			{Key: askScheme, Label: "Certificate", Hint: "whether the service has one", Choices: []setup.Choice{{ID: "https", Label: "yes, https"}, {ID: "http", Label: "no, http"}},
				When: func(v setup.Values) bool { return !strings.Contains(v[askHost], "://") }},
			{Key: askPlain, Label: "In the clear", Hint: "may the key cross the network unencrypted?", Choices: []setup.Choice{{ID: "no", Label: "no"}, {ID: "yes", Label: "yes"}},
				When: func(v setup.Values) bool { return !secure(v) && !isHere(v) }, Check: func(_ setup.Values, s string) string {
					if s == "yes" {
						return ""
					}
					return "http sends the key and every answer unencrypted to another host: have the service get a certificate, or take a tunnel to localhost, or say yes where the network between is trusted"
				}},
			{Key: askTrust, Label: "Trust", Hint: "how the certificate is known", When: secure,
				Choices: []setup.Choice{{ID: trustSystem, Label: "as this system does"}, {ID: trustFile, Label: "an authority's file"}, {ID: trustPin, Label: "its fingerprint"}}},
			{Key: askCAFile, Label: "Authority", Hint: "a file in the PEM form", When: func(v setup.Values) bool { return secure(v) && v[askTrust] == trustFile },
				Check: func(v setup.Values, s string) string {
					return w.readable(s, "a file with the certificate of the authority")
				}},
			{Key: askPin, Label: "Fingerprint", Hint: "SHA-256, 64 hex digits", When: func(v setup.Values) bool { return secure(v) && v[askTrust] == trustPin },
				Check: func(v setup.Values, s string) string {
					if s == "" {
						return "look once without: it is shown, for you to compare"
					}
					return w.stands.Load().wrongKey(w.app, v, "[vault] fingerprint")
				}},
		},
	}
}

// wrongHost says what is wrong with the host, whatever is answered further down.
func (w *wizard) wrongHost(v setup.Values, s string) string {
	if s == "" {
		return "the name or address of the service's host"
	}
	if _, port, err := net.SplitHostPort(s); err == nil && validPort(port) == "" {
		return "the name or address alone: the port is asked for by itself"
	}
	alone := maps.Clone(v)
	alone[askPlain] = "yes"
	if !strings.Contains(s, "://") {
		alone[askScheme], alone[askPort] = "https", ""
	}
	return w.stands.Load().wrongKey(w.app, alone, "[vault] url")
}

// readable says what is wrong with the name of a file that is to be read.
func (w *wizard) readable(path, what string) string {
	if path == "" {
		return what
	}
	path = w.inFull(path)
	if !strings.HasPrefix(path, "/") {
		path = nextTo(w.stands.Load().path, path)
	}
	f, err := os.Open(path)
	if err != nil {
		return err.Error()
	}
	_ = f.Close() // nothing was read
	return ""
}

func (w *wizard) keyPage() setup.Page {
	from := []setup.Choice{{ID: keyTyped, Label: "type or paste it"}, {ID: keyInFile, Label: "it is in a file"}}
	if w.stands.Load().answers()[askKeyFrom] == keyStands {
		from = append([]setup.Choice{{ID: keyStands, Label: "as it is"}}, from...)
	}
	return setup.Page{
		Title: "The key of the service", Looking: "trying each command with the key",
		Text: func(setup.Values) []string {
			return []string{"Every command that this program needs is tried, each without doing anything. Only the worker reads the key."}
		},
		Look: w.lookKey,
		Questions: []setup.Question{
			{Key: askKeyFrom, Label: "Key", Choices: from},
			{Key: askKey, Label: "The key", Hint: "it is not shown", Secret: true, When: func(v setup.Values) bool { return v[askKeyFrom] == keyTyped },
				Check: func(_ setup.Values, s string) string {
					if s == "" || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) {
						return "one word of letters, digits and signs, as service-create printed it"
					}
					return ""
				}},
			{Key: askKeyFile, Label: "Its file", Hint: "mode 600, the worker's", When: func(v setup.Values) bool { return v[askKeyFrom] != keyStands },
				Check: func(v setup.Values, s string) string {
					if s == "" {
						return "the file that holds the key"
					}
					return w.stands.Load().wrongKey(w.app, v, "[vault] api_key_file")
				}},
			{Key: askEncryption, Label: "Encryption", Hint: "a file with the service's key, if it encrypts its answers",
				Check: func(_ setup.Values, s string) string {
					if s == "" {
						return ""
					}
					return w.readable(s, "")
				}},
			{Key: askZone, Label: "Time zone", Hint: "of the service's host; Local is this one's",
				Check: func(v setup.Values, s string) string {
					if s == "" {
						return `"Local", or a name as Europe/Berlin`
					}
					return w.stands.Load().wrongKey(w.app, v, "[vault] timezone")
				}},
		},
	}
}

func (w *wizard) peoplePage() setup.Page {
	first := func(setup.Values) bool { return w.stands.Load().people == 0 }
	group := func(key string) func(setup.Values, string) string {
		return func(v setup.Values, s string) string { return w.stands.Load().wrongKey(w.app, v, key) }
	}
	return setup.Page{
		Title: "Who decides",
		Text: func(setup.Values) []string {
			if w.stands.Load().people > 0 {
				return []string{fmt.Sprintf("People who are in the queue stay as they are (%d). Groups that are not there yet are added.", w.stands.Load().people)}
			}
			return []string{"Members of the first group approve, members of the second carry out what was approved. The first admin is in both, and adds the others: countersign people apply FILE. Nobody decides their own requests, so at least two approvers are needed."}
		},
		Questions: []setup.Question{
			{Key: askApprovers, Label: "Approvers", Hint: "the group that approves", Check: group("[approval] group"), When: func(setup.Values) bool { return !w.stands.Load().hasSteps() }},
			{Key: askFulfillers, Label: "Fulfilment", Hint: "the group that carries out", Check: group("[approval] fulfil_group")},
			{Key: askLogin, Label: "First admin", Hint: "the login on this host", When: first, Check: func(_ setup.Values, s string) string {
				if s == "" || strings.ContainsAny(s, " \t/") {
					return "a login, without blanks"
				}
				return ""
			}},
			{Key: askName, Label: "Name", Hint: "as others read it", When: first},
			{Key: askEmail, Label: "Address", Hint: "of the Keeper account that gets shares", When: first, Check: func(_ setup.Values, s string) string {
				if err := model.ValidateEmail(s); err != nil {
					return err.Error()
				}
				return ""
			}},
		},
	}
}

func (w *wizard) placesPage() setup.Page {
	return setup.Page{
		Title: "What lies where",
		Text: func(setup.Values) []string {
			return []string{"The queue is a folder on a local disk. Secrets that people type are sealed to the worker's key, which only its account may read."}
		},
		Questions: []setup.Question{
			{Key: askDir, Label: "Queue", Hint: "made where it is missing", Check: func(v setup.Values, s string) string {
				if s == "" {
					return "a folder"
				}
				return w.stands.Load().wrongKey(w.app, v, "[store] dir")
			}},
			{Key: askIdentity, Label: "Worker's key", Hint: "made where it is missing; empty: nothing secret is ordered", Check: func(v setup.Values, _ string) string {
				return w.stands.Load().wrongKey(w.app, v, "[seal] identity")
			}},
			{Key: askWorker, Label: "Worker", Hint: "where it runs", Choices: []setup.Choice{
				{ID: string(config.WorkerSeparate), Label: "by itself"}, {ID: string(config.WorkerConsole), Label: "inside the console, for one person"}}},
		},
	}
}

func (w *wizard) reviewPage() setup.Page {
	return setup.Page{
		Title: "What is done", Looking: "writing, and placing one search", Look: w.do,
		Text: func(v setup.Values) []string {
			text := []string{"Nothing was changed so far. Enter does this:"}
			for _, line := range w.stands.Load().plan(w.app, v) {
				text = append(text, "\t"+line)
			}
			return text
		},
	}
}
