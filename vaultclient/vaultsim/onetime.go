package vaultsim

import (
	"crypto/hmac"
	"crypto/sha512"
	"encoding/base64"
	"slices"
	"strings"
	"time"
)

// linkKey is what the fragment of a one-time link is hashed with to give the link's id (PROTOCOL 12.4).
const linkKey = "KEEPER_SECRETS_MANAGER_CLIENT_ID"

// LinkID returns the id of the one-time share whose URL ends in the given fragment; "" if it is not base64url.
func LinkID(fragment string) string {
	key, err := base64.RawURLEncoding.DecodeString(fragment)
	if err != nil {
		return ""
	}
	mac := hmac.New(sha512.New, key)
	mac.Write([]byte(linkKey))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// maxLink is the longest life of a one-time link.
const maxLink = 182 * 24 * time.Hour

func (c *call) oneTimeShare() error {
	if len(c.verb) == 0 {
		c.out.print(helpLinks)
		return nil
	}
	switch c.verb[0] {
	case "create":
		return c.linkCreate()
	case "list":
		return c.linkList()
	}
	return c.linkRemove()
}

func (c *call) linkCreate() error {
	args, err := c.parse(&parser{
		options: []option{
			{names: []string{"--output"}, choices: []string{"clipboard", "stdout"}},
			{names: []string{"--name"}},
			{names: []string{"-e", "--expire"}},
			{names: []string{"--editable"}, flag: true},
		},
		positionals: []positional{{name: "record", min: 1, max: -1}},
	})
	if err != nil {
		return err
	}
	if args.help || !args.has("expire") {
		c.out.print(helpLinkCreate)
		return nil
	}
	period, err := parsePeriod(args.last("expire"))
	if err != nil {
		return err
	}
	if period > maxLink {
		return commandError("one-time-share", "URL expiration period cannot be greater than 6 months.")
	}
	var records []*Record
	for _, name := range args.values["record"] {
		r := c.s.cache.resolveRecord(name)
		if r == nil {
			return commandError("one-time-share", "Enter name or uid of existing record")
		}
		if strings.HasPrefix(r.Type, "pam") {
			return commandError("one-time-share", "One-Time Shares are currently not available for PAM records.")
		}
		records = append(records, r)
	}
	var rows [][]string
	for _, r := range records {
		rows = append(rows, []string{r.UID, c.newLink(r.UID, args.last("name"), "/vault/share/", period, args.has("editable"))})
	}
	if len(rows) == 1 && args.last("output") != "stdout" {
		c.out.log(rows[0][1])
		return nil
	}
	c.out.print(table([]string{"Record UID", "URL"}, rows))
	return nil
}

// newLink makes a one-time share in the cloud and returns its URL.
func (c *call) newLink(record, name, path string, period time.Duration, editable bool) string {
	now := c.s.clock.Now().Truncate(time.Millisecond)
	fragment := base64.RawURLEncoding.EncodeToString(c.v.bytes("link", 32))
	link := &OneTimeShare{
		ID: LinkID(fragment), Name: name, Record: record, Editable: editable, Generated: now, Expires: now.Add(period),
	}
	c.v.links = append(c.v.links, link)
	rights := Rights{Edit: editable}
	c.s.did(Entry{Kind: LinkCreate, Record: record, UID: link.ID, Rights: rights.String(), Expires: link.Expires, Details: name})
	query := ""
	if editable {
		query = "?editable=true"
	}
	return c.s.opts.Region + path + query + "#" + fragment
}

func (c *call) linkList() error {
	args, err := c.parse(&parser{
		options: []option{
			{names: []string{"-R", "--recursive"}, flag: true},
			{names: []string{"-v", "--verbose"}, flag: true},
			{names: []string{"-a", "--all"}, flag: true},
			{names: []string{"--format"}, choices: []string{"table", "csv", "json"}},
			{names: []string{"--output"}},
		},
		positionals: []positional{{name: "record", min: 1, max: -1}},
	})
	if err != nil || args.help {
		return err
	}
	wanted, err := c.linkRecords(args.values["record"])
	if err != nil {
		return err
	}
	now := c.s.clock.Now()
	rows := []any{}
	headers := []string{"Record UID", "Share Link Name", "Share Link ID", "Generated", "Opened", "Expires"}
	if args.has("all") {
		headers = append(headers, "Status")
	}
	var cells [][]string
	for _, l := range c.v.links {
		over := !now.Before(l.Expires)
		if !slices.Contains(wanted, l.Record) || over && !args.has("all") {
			continue
		}
		status, opened := "Generated", ""
		o := object{
			{"record_uid", l.Record}, {"share_link_id", l.ID}, {"generated", c.s.naive(l.Generated)}, {"expires", c.s.naive(l.Expires)},
		}
		if !l.Opened.IsZero() {
			status, opened = "Opened", strings.Replace(c.s.naive(l.Opened), "T", " ", 1)
			o = append(o, member{"opened", c.s.naive(l.Opened)})
		}
		if over {
			status = "Expired"
		}
		row := []string{l.Record, "", l.ID, strings.Replace(c.s.naive(l.Generated), "T", " ", 1), opened,
			strings.Replace(c.s.naive(l.Expires), "T", " ", 1)}
		if args.has("all") {
			o = append(o, member{"status", status})
			row = append(row, status)
		}
		rows = append(rows, o)
		cells = append(cells, row)
	}
	switch {
	case args.last("format") == "json":
		c.out.json(rows)
	case len(cells) > 0:
		c.out.print(table(headers, cells))
	}
	return nil
}

// linkRecords finds the records meant by uids, paths or folders.
func (c *call) linkRecords(names []string) ([]string, error) {
	var out []string
	for _, name := range names {
		if r := c.s.cache.resolveRecord(name); r != nil {
			out = append(out, r.UID)
			continue
		}
		f := c.s.cache.resolveFolder(name)
		if f == nil {
			return nil, commandError("one-time-share", "Enter name or uid of existing record")
		}
		for _, r := range c.s.cache.recordsIn(f.UID) {
			out = append(out, r.UID)
		}
	}
	return out, nil
}

func linkRemoveParser() *parser {
	return &parser{positionals: []positional{{name: "record", min: 1, max: 1}, {name: "share", min: 1, max: 1}}}
}

func (c *call) linkRemove() error {
	args, err := c.parse(linkRemoveParser())
	if err != nil || args.help {
		return err
	}
	r := c.s.cache.resolveRecord(args.last("record"))
	if r == nil {
		return commandError("one-time-share", "Enter name or uid of existing record")
	}
	name := args.last("share")
	var all, hits []*OneTimeShare
	for _, l := range c.v.links {
		if l.Record != r.UID {
			continue
		}
		all = append(all, l)
		if l.ID == name || l.Name != "" && l.Name == name {
			hits = []*OneTimeShare{l}
			break
		}
		if strings.HasPrefix(l.ID, name) {
			hits = append(hits, l)
		}
	}
	switch {
	case len(all) == 0:
		c.out.log(`There are no one-time shares for record "` + r.UID + `"`)
	case len(hits) == 0:
		c.out.log(`There is no one-time share "` + name + `"`)
	case len(hits) > 1:
		c.out.log(`There are more than one one-time shares "` + name + `"`)
	default:
		c.v.links = slices.DeleteFunc(c.v.links, func(l *OneTimeShare) bool { return l == hits[0] })
		c.s.did(Entry{Kind: LinkRemove, Record: r.UID, UID: hits[0].ID})
		c.out.log(`One-time share "` + name + `" is removed from record "` + r.UID + `"`)
	}
	return nil
}
