package cli

import (
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/vaultclient/vaultsim"
)

const sealKey = "abcdefghijklmnopqrstuvwxyz012345"

// always lets a fault strike every call until the service is started anew.
func always(kind vaultsim.FaultKind, command string) vaultsim.Fault {
	return vaultsim.Fault{Kind: kind, Command: command, Any: command == "", Count: -1}
}

// illnesses are what can be wrong with the vault service and the way to it: what
// doctor must find, and the remedy that it must name and that must work.
func illnesses() []illness {
	all := append(wrongWays(), wrongKeys()...)
	return append(append(all, wrongServices()...), wrongAnswers()...)
}

type illness struct {
	name   string
	opts   vaultsim.Options
	fall   func(c *clinic) // ill
	check  string
	state  string // "wrong" unless said
	remedy string // a part of it
	mend   func(c *clinic)
}

// wrongWays are about the address and the way there.
func wrongWays() []illness {
	return []illness{
		{name: "the service is not started", fall: func(c *clinic) { c.stop() },
			check: "vault.address", remedy: "service-start", mend: func(c *clinic) { c.start() }},
		{name: "another port", fall: func(c *clinic) { c.set("url", "http://127.0.0.1:1") },
			check: "vault.address", remedy: "write the port into [vault] url", mend: func(c *clinic) { c.set("url", "http://"+c.address) }},
		{name: "a name that nobody knows", fall: func(c *clinic) { c.set("url", "https://vault.invalid:8900") },
			check: "vault.address", remedy: "write the right name into [vault] url", mend: func(c *clinic) { c.set("url", "http://"+c.address) }},
		{name: "a path in front", fall: func(c *clinic) { c.set("url", "http://"+c.address+"/portal") },
			check: "vault.address", remedy: "without a path", mend: func(c *clinic) { c.set("url", "http://"+c.address) }},
		{name: "the address is none", fall: func(c *clinic) { c.set("url", c.address) },
			check: "config.file", remedy: "change that line", mend: func(c *clinic) { c.set("url", "http://"+c.address) }},
		{name: "the address names the path of the API", fall: func(c *clinic) { c.set("url", "http://"+c.address+"/api/v2/executecommand-async") },
			check: "config.file", remedy: "change that line", mend: func(c *clinic) { c.set("url", "http://"+c.address) }},
		{name: "http to another host", fall: func(c *clinic) { c.set("url", "http://192.0.2.1:8900") },
			check: "config.file", remedy: "change that line", mend: func(c *clinic) { c.set("url", "http://"+c.address) }},
		{name: "https to a service without a certificate", fall: func(c *clinic) { c.set("url", "https://"+c.address) },
			check: "vault.tls", remedy: "write http:// into [vault] url", mend: func(c *clinic) { c.set("url", "http://"+c.address) }},
	}
}

// wrongKeys are about the key and what it may.
func wrongKeys() []illness {
	all := []illness{
		{name: "a key that the service does not know", fall: func(c *clinic) { c.write("key", strings.Replace(clinicKey, "0", "9", 1)) },
			check: "vault.key", remedy: "put the key that service-create", mend: func(c *clinic) { c.write("key", clinicKey) }},
		{name: "a key that has expired", fall: func(c *clinic) { c.sim.ExpireKey(clinicKey) },
			check: "vault.key", remedy: "make a new key", mend: func(c *clinic) { c.sim.SetKey(vaultsim.Key{Value: clinicKey}) }},
		{name: "no file with the key", fall: func(c *clinic) { c.set("api_key_file", "nowhere") },
			check: "config.key", remedy: "into a file with mode 600", mend: func(c *clinic) { c.set("api_key_file", "key") }},
		{name: "a key that only the worker's unit gets", fall: func(c *clinic) { c.set("api_key_file", "") },
			check: "config.key", state: "warning", remedy: "LoadCredential=api-key:", mend: func(c *clinic) {
				c.write("api-key", clinicKey)
				c.env["CREDENTIALS_DIRECTORY"] = c.dir
			}},
		{name: "the address of this machine is not allowed", opts: vaultsim.Options{DenyIP: []string{"127.0.0.1"}}, fall: func(*clinic) {},
			check: "vault.key", remedy: "allowed IP list", mend: func(c *clinic) { c.restart(func(o *vaultsim.Options) { o.DenyIP = nil }) }},
	}
	for _, command := range []string{"search", "get", "list-sf", "sync-down", "share-record", "share-folder", "one-time-share", "record-add", "record-update", "epm", "device-approve"} {
		all = append(all, illness{name: "the key may not run " + command, fall: func(c *clinic) { c.sim.Forbid(clinicKey, command) },
			check: "vault.command." + command, remedy: "add \"" + command + "\" to the commands of this key", mend: func(c *clinic) { c.sim.Permit(clinicKey, command) }})
	}
	return append(all, illness{name: "the key may not tell the release", fall: func(c *clinic) { c.sim.Forbid(clinicKey, "version") },
		check: "vault.version", state: "warning", remedy: "write the release into [vault] version", mend: func(c *clinic) { c.set("version", "18.0.13") }})
}

// wrongServices are services that were created otherwise than they should.
func wrongServices() []illness {
	return []illness{
		{name: "without its queue", opts: vaultsim.Options{NoQueue: true}, fall: func(*clinic) {},
			check: "vault.queue", remedy: "service-create … -q y", mend: func(c *clinic) { c.restart(func(o *vaultsim.Options) { o.NoQueue = false }) }},
		{name: "a rate limit that is too low", opts: vaultsim.Options{RateLimit: "5/minute"}, fall: func(*clinic) {},
			check: "vault.limit", remedy: "raise its rate_limiting", mend: func(c *clinic) { c.restart(func(o *vaultsim.Options) { o.RateLimit = "60/minute" }) }},
		{name: "an old release", opts: vaultsim.Options{Version: "17.2.5"}, fall: func(*clinic) {},
			check: "vault.version", remedy: "update Commander", mend: func(c *clinic) { c.restart(func(o *vaultsim.Options) { o.Version = "18.0.13" }) }},
		{name: "an older release", opts: vaultsim.Options{Version: "17.2.12"}, fall: func(*clinic) {},
			check: "vault.version", state: "warning", remedy: "update Commander", mend: func(c *clinic) { c.restart(func(o *vaultsim.Options) { o.Version = "18.0.13" }) }},
		{name: "answers that are encrypted", opts: vaultsim.Options{EncryptionKey: sealKey}, fall: func(*clinic) {},
			check: "vault.encryption", remedy: "encryption_key_file", mend: func(c *clinic) { c.write("seal", sealKey); c.set("encryption_key_file", "seal") }},
		{name: "another encryption key", opts: vaultsim.Options{EncryptionKey: sealKey},
			fall:  func(c *clinic) { c.write("seal", strings.ToUpper(sealKey)); c.set("encryption_key_file", "seal") },
			check: "vault.encryption", remedy: "encryption_private_key", mend: func(c *clinic) { c.write("seal", sealKey) }},
		{name: "a host in another zone", opts: vaultsim.Options{Location: time.FixedZone("", 5*3600+1800)}, fall: func(*clinic) {},
			check: "vault.clock", remedy: "set [vault] timezone", mend: func(c *clinic) { c.set("timezone", "Asia/Kolkata") }},
		{name: "a clock that is wrong", fall: func(c *clinic) { c.sim.Clock().Advance(7 * time.Minute) },
			check: "vault.clock", remedy: "by the network", mend: func(c *clinic) { c.sim.Clock().Advance(-7 * time.Minute) }},
		{name: "an empty vault", fall: func(c *clinic) {
			c.restart(func(o *vaultsim.Options) { o.Vault = vaultsim.NewVault(vaultsim.VaultOptions{}) })
		}, check: "vault.search", state: "warning", remedy: "share records or folders with the service account",
			mend: func(c *clinic) {
				c.restart(func(o *vaultsim.Options) { o.Vault = vaultsim.Company(1, vaultsim.NewClock()).Vault })
			}},
	}
}

// wrongAnswers are faults of a service that runs: each passes when it is started
// anew, or by what the remedy says.
func wrongAnswers() []illness {
	restart := func(c *clinic) { c.restart(func(*vaultsim.Options) {}) }
	arm := func(kind vaultsim.FaultKind, command string) func(c *clinic) {
		return func(c *clinic) { c.sim.Arm(always(kind, command)) }
	}
	return []illness{
		{name: "logged out of Keeper", fall: func(c *clinic) { c.sim.LoseSession() },
			check: "vault.session", remedy: "log in again", mend: func(c *clinic) { c.sim.RestoreSession() }},
		{name: "a command that hangs", fall: arm(vaultsim.Hang, ""), check: "vault.answers", remedy: "the service restarted", mend: restart},
		{name: "a queue that is full", fall: arm(vaultsim.QueueFull, ""), check: "vault.queue", remedy: "have the service restarted", mend: restart},
		{name: "answers cut off", fall: arm(vaultsim.CutAfter, ""), check: "vault.answers", remedy: "proxy", mend: restart},
		{name: "calls cut off", fall: arm(vaultsim.CutBefore, ""), check: "vault.answers", remedy: "proxy", mend: restart},
		{name: "pages instead of answers", fall: arm(vaultsim.GarbageHTML, ""), check: "vault.answers", remedy: "proxy", mend: restart},
		{name: "half answers", fall: arm(vaultsim.GarbageTruncated, ""), check: "vault.answers", remedy: "proxy", mend: restart},
		{name: "empty answers", fall: arm(vaultsim.GarbageEmpty, ""), check: "vault.answers", remedy: "proxy", mend: restart},
		{name: "a service that restarts at every command", fall: arm(vaultsim.RestartBefore, ""), check: "vault.answers", remedy: "log of the service", mend: restart},
		{name: "a service that restarts after every command", fall: arm(vaultsim.RestartAfter, ""), check: "vault.answers", remedy: "log of the service", mend: restart},
		{name: "others have used up the rate limit", fall: arm(vaultsim.RateLimited, ""), check: "vault.limit", remedy: "wait a minute", mend: restart},
		{name: "searches that fail upstream", fall: arm(vaultsim.UpstreamBefore, "search"), check: "vault.search", remedy: "Keeper's cloud", mend: restart},
		{name: "searches whose answer is lost upstream", fall: arm(vaultsim.UpstreamAfter, "search"), check: "vault.search", remedy: "Keeper's cloud", mend: restart},
		{name: "searches that are throttled", fall: arm(vaultsim.Throttled, "search"), check: "vault.search", remedy: "try again in some minutes", mend: restart},
		{name: "no endpoint privilege manager", fall: arm(vaultsim.UpstreamBefore, "epm"), check: "epm.list", state: "warning", remedy: "Endpoint Privilege Manager", mend: restart},
	}
}

// TestDoctorNamesTheRemedyThatWorks makes the service ill in every way, reads what
// doctor says, does what the remedy tells, and sees that doctor is content.
func TestDoctorNamesTheRemedyThatWorks(t *testing.T) {
	t.Parallel()
	for _, ill := range illnesses() {
		t.Run(ill.name, func(t *testing.T) {
			t.Parallel()
			c := newClinic(t, ill.opts)
			ill.fall(c)
			c.mustFind(ill)
			ill.mend(c)
			c.isWell()
		})
	}
}

// mustFind runs doctor on an ill clinic.
func (c *clinic) mustFind(ill illness) {
	c.t.Helper()
	if ill.state == "" {
		ill.state = "wrong"
	}
	code, found := c.doctor("--timeout", "1s")
	f, ok := find(found, ill.check)
	if !ok || f.State != ill.state || !strings.Contains(f.Remedy, ill.remedy) {
		c.t.Fatalf("%s: found %+v (%t), want %s with %q; all: %+v", ill.check, f, ok, ill.state, ill.remedy, wrongOnes(found))
	}
	if code == CodeOK && ill.state == "wrong" {
		c.t.Error("the exit code says that all is well")
	}
}

// isWell sees that nothing is wrong with configuration and service, and that a
// search is answered.
func (c *clinic) isWell() {
	c.t.Helper()
	_, found := c.doctor()
	for _, f := range wrongOnes(found) {
		if strings.HasPrefix(f.Name, "vault.") || strings.HasPrefix(f.Name, "config.") || strings.HasPrefix(f.Name, "epm.") {
			c.t.Errorf("after the remedy: %+v", f)
		}
	}
	if f, ok := find(found, "vault.search"); !ok || f.State != "ok" {
		c.t.Errorf("no search was answered: %+v", found)
	}
}

func wrongOnes(found []checkJSON) []checkJSON {
	return slices.DeleteFunc(slices.Clone(found), func(f checkJSON) bool { return f.State == "ok" || f.Name == "vault.command.version" })
}

// TestDoctorTellsOneTroubleOnce: what could not be looked at because of it is no
// trouble of its own, with an advice that does not help.
func TestDoctorTellsOneTroubleOnce(t *testing.T) {
	t.Parallel()
	limited := func(command string) func(c *clinic) {
		return func(c *clinic) {
			c.vault["calls_per_minute"] = "55"
			c.sim.Arm(always(vaultsim.RateLimited, command))
		}
	}
	const wait = "wait a minute and run this again; if it stays so, find out what else calls the service"
	for _, ill := range []struct {
		name   string
		opts   vaultsim.Options
		fall   func(c *clinic)
		found  []string
		remedy string // of the last
	}{
		{"the limit is used up", vaultsim.Options{RateLimit: "60/minute"}, limited(""), []string{"vault.limit"}, wait},
		{"it is used up after the commands", vaultsim.Options{RateLimit: "60/minute"}, limited("whoami"), []string{"vault.limit"}, wait},
		{"it is used up by the search", vaultsim.Options{RateLimit: "60/minute"}, limited("search --format=json '*'"), []string{"vault.limit"}, wait},
		{"it is used up by endpoint requests", vaultsim.Options{RateLimit: "60/minute"}, limited("epm approval"), []string{"vault.limit"}, wait},
		{"answers are encrypted", vaultsim.Options{EncryptionKey: sealKey}, func(*clinic) {}, []string{"vault.encryption"}, "encryption_key_file"},
		{"the queue is full", vaultsim.Options{}, func(c *clinic) { c.sim.Arm(always(vaultsim.QueueFull, "")) }, []string{"vault.queue"}, "wait until it has worked through it"},
		{"the key may not search", vaultsim.Options{}, func(c *clinic) { c.sim.Forbid(clinicKey, "search") }, []string{"vault.command.search"}, "with all of them"},
		{"Keeper is away", vaultsim.Options{}, func(c *clinic) { c.sim.Arm(always(vaultsim.UpstreamBefore, "")) },
			[]string{"vault.version", "vault.search", "epm.list"}, "Keeper's cloud may be busy or away"},
	} {
		t.Run(ill.name, func(t *testing.T) {
			t.Parallel()
			c := newClinic(t, ill.opts)
			ill.fall(c)
			_, all := c.doctor("--timeout", "1s")
			var found []string
			var last checkJSON
			for _, f := range wrongOnes(all) {
				if strings.HasPrefix(f.Name, "vault.") || strings.HasPrefix(f.Name, "epm.") {
					found, last = append(found, f.Name), f
				}
				if f.Name == "vault.version" && strings.Contains(f.Remedy, "permit the command") {
					t.Errorf("it is permitted: %+v", f)
				}
			}
			if !slices.Equal(found, ill.found) || !strings.Contains(last.Remedy, ill.remedy) {
				t.Errorf("found %q, at last %+v", found, last)
			}
		})
	}
}

// TestDoctorKnowsCertificates plays everything that can be wrong with one.
func TestDoctorKnowsCertificates(t *testing.T) {
	t.Parallel()
	day := 24 * time.Hour
	now := time.Now()
	for _, ill := range []struct {
		name        string
		host        string // in the certificate
		from, until time.Time
		conf        map[string]string
		state       string
		remedy      string
		mend        func(c *clinic, i *issuer, fingerprint string)
	}{
		{name: "an authority that is not known", host: "127.0.0.1", from: now.Add(-day), until: now.Add(90 * day), remedy: "[vault] ca_file",
			mend: func(c *clinic, _ *issuer, _ string) { c.set("ca_file", "ca.pem") }},
		{name: "an authority that is not known, pinned", host: "127.0.0.1", from: now.Add(-day), until: now.Add(90 * day), remedy: "[vault] fingerprint",
			mend: func(c *clinic, _ *issuer, fingerprint string) { c.set("fingerprint", fingerprint) }},
		{name: "expired", host: "127.0.0.1", from: now.Add(-90 * day), until: now.Add(-day), conf: map[string]string{"ca_file": "ca.pem"}, remedy: "renew the certificate",
			mend: func(c *clinic, i *issuer, _ string) {
				cert, _ := i.issue("127.0.0.1", now.Add(-day), now.Add(90*day))
				c.secure(cert)
			}},
		{name: "ends soon", host: "127.0.0.1", from: now.Add(-90 * day), until: now.Add(5 * day), conf: map[string]string{"ca_file": "ca.pem"}, state: "warning", remedy: "renew it in time",
			mend: func(c *clinic, i *issuer, _ string) {
				cert, _ := i.issue("127.0.0.1", now.Add(-day), now.Add(90*day))
				c.secure(cert)
			}},
		{name: "for another name", host: "vault.example.com", from: now.Add(-day), until: now.Add(90 * day), conf: map[string]string{"ca_file": "ca.pem"}, remedy: "have the certificate made for this one",
			mend: func(c *clinic, i *issuer, _ string) {
				cert, _ := i.issue("127.0.0.1", now.Add(-day), now.Add(90*day))
				c.secure(cert)
			}},
		{name: "not the pinned one", host: "127.0.0.1", from: now.Add(-day), until: now.Add(90 * day), conf: map[string]string{"fingerprint": strings.Repeat("ab", 32)}, remedy: "somebody may be in between",
			mend: func(c *clinic, _ *issuer, fingerprint string) { c.set("fingerprint", fingerprint) }},
		{name: "http to a service with a certificate", host: "127.0.0.1", from: now.Add(-day), until: now.Add(90 * day), conf: map[string]string{"url": "http"}, remedy: "write https:// into [vault] url",
			mend: func(c *clinic, _ *issuer, fingerprint string) {
				c.set("url", "https://"+c.address)
				c.set("fingerprint", fingerprint)
			}},
	} {
		t.Run(ill.name, func(t *testing.T) {
			t.Parallel()
			c := newClinic(t, vaultsim.Options{})
			i := newIssuer(t)
			c.write("ca.pem", i.pem())
			cert, fingerprint := i.issue(ill.host, ill.from, ill.until)
			c.secure(cert)
			c.set("url", "https://"+c.address)
			for key, value := range ill.conf {
				if key == "url" {
					value += "://" + c.address
				}
				c.set(key, value)
			}
			c.mustFind(illness{check: "vault.tls", state: ill.state, remedy: ill.remedy})
			ill.mend(c, i, fingerprint)
			c.isWell()
		})
	}
}
