package vaultsim

import (
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// Device is a device that waits for approval.
type Device struct {
	ID       string // 20 hex digits
	Email    string
	Name     string
	Type     string
	IP       string
	Client   string
	Location string
	Date     time.Time
}

// AddDevice adds a waiting device and returns its id, which is made up when empty.
func (v *Vault) AddDevice(d Device) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	if d.ID == "" {
		d.ID = hex.EncodeToString(v.bytes("device", 10))
	}
	if d.Date.IsZero() {
		d.Date = v.clock.Now()
	}
	v.devices = append(v.devices, &d)
	return d.ID
}

// DecideDevice takes a device off the waiting list, as a decision elsewhere does.
func (v *Vault) DecideDevice(id string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.devices = slices.DeleteFunc(v.devices, func(d *Device) bool { return d.ID == id })
}

// Devices returns the devices that wait, the oldest first.
func (v *Vault) Devices() []Device {
	v.mu.Lock()
	defer v.mu.Unlock()
	var out []Device
	for _, d := range oldestFirst(v.devices) {
		out = append(out, *d)
	}
	return out
}

func oldestFirst(list []*Device) []*Device {
	out := slices.Clone(list)
	slices.SortStableFunc(out, func(a, b *Device) int { return a.Date.Compare(b.Date) })
	return out
}

// deviceApprove lists, approves and denies devices; without an id it decides on all of them (PROTOCOL 12.8).
func (c *call) deviceApprove() error {
	args, err := c.parse(&parser{
		options: []option{
			{names: []string{"-r", "--reload"}, flag: true},
			{names: []string{"-a", "--approve"}, flag: true},
			{names: []string{"-d", "--deny"}, flag: true},
			{names: []string{"--trusted-ip"}, flag: true},
			{names: []string{"--format"}, choices: []string{"table", "csv", "json"}},
			{names: []string{"--output"}},
		},
		positionals: []positional{{name: "device", max: -1}},
	})
	if err != nil || args.help {
		return err
	}
	if args.has("approve") && args.has("deny") {
		return commandError("device-approve", "'approve' and 'deny' parameters are mutually exclusive.")
	}
	if c.s.deviceCache == nil || args.has("reload") {
		c.s.deviceCache = append([]*Device{}, oldestFirst(c.v.devices)...)
	}
	if len(c.s.deviceCache) == 0 {
		c.out.log("There are no pending devices to approve")
		return nil
	}
	wanted := args.values["device"]
	hits := slices.DeleteFunc(slices.Clone(c.s.deviceCache), func(d *Device) bool {
		return len(wanted) > 0 && !slices.ContainsFunc(wanted, func(w string) bool {
			return strings.HasPrefix(d.ID, w) || strings.EqualFold(d.Email, w)
		})
	})
	if len(hits) == 0 {
		c.out.log("No matching devices found")
		return nil
	}
	if !args.has("approve") && !args.has("deny") {
		c.deviceList(hits, args.last("format") == "json")
		return nil
	}
	kind := DeviceApprove
	if args.has("deny") {
		kind = DeviceDeny
	}
	for _, d := range hits {
		if slices.ContainsFunc(c.v.devices, func(o *Device) bool { return o.ID == d.ID }) {
			c.v.devices = slices.DeleteFunc(c.v.devices, func(o *Device) bool { return o.ID == d.ID })
			c.s.did(Entry{Kind: kind, UID: d.ID, User: d.Email, Details: d.Name})
		}
	}
	if !c.broken {
		c.s.deviceCache = nil
	}
	return nil
}

func (c *call) deviceList(devices []*Device, asJSON bool) {
	rows := []any{}
	var cells [][]string
	for _, d := range devices {
		date := d.Date.UTC().Format("2006-01-02 15:04:05")
		rows = append(rows, row(object{
			{"date", date}, {"email", d.Email}, {"device_id", d.ID}, {"device_name", d.Name}, {"device_type", d.Type},
			{"ip_address", d.IP}, {"client_version", d.Client}, {"location", d.Location},
		}))
		cells = append(cells, []string{date, d.Email, d.ID, d.Name, d.Type, d.IP, d.Client, d.Location})
	}
	if asJSON {
		c.out.json(rows)
		return
	}
	c.out.print(table([]string{"Date", "Email", "Device ID", "Device Name", "Device Type", "IP Address",
		"Client Version", "Location"}, cells))
}
