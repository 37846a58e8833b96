package vaultclient

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// DeviceVerb is a decision on a waiting device.
type DeviceVerb string

// The decisions.
const (
	DeviceApprove DeviceVerb = "approve"
	DeviceDeny    DeviceVerb = "deny"
)

// DeviceAction decides one waiting device. Its answer is never proof: Judge returns Unknown with cause Silent where all seems well.
// Afterwards the device is gone from the list, whichever way it was decided (PROTOCOL 12.8, 13).
type DeviceAction struct {
	Device DeviceID
	Verb   DeviceVerb
}

// DeviceDecided is what Verify can prove of a DeviceAction: the device waits no more.
type DeviceDecided struct{ Device DeviceID }

func (DeviceDecided) evidence() {}

// Device is one that waits for approval. All texts are foreign.
type Device struct {
	ID            DeviceID
	Email         Email
	Name          string
	Type          string
	IP            string
	ClientVersion string
	Location      string
	Asked         time.Time // zero if the service's text cannot be read
}

func (m DeviceAction) command(abilities) (command, error) {
	b := newCommand("device-approve")
	if m.Verb != DeviceApprove && m.Verb != DeviceDeny {
		b.fail(fmt.Errorf("decision %q: %w", m.Verb, ErrInvalid))
	}
	// Without a device the command would act on all of them, and it matches ids by prefix.
	b.fail(check(devicePattern, "device id", string(m.Device)))
	return b.flag("--" + string(m.Verb)).positional(string(m.Device)).build()
}

func (m DeviceAction) judge(r Reply) Outcome {
	if r.has("No matching devices found") {
		return Refused{AlreadyHandled, r.text()}
	}
	return nil
}

// Verify looks for the device in a fresh list.
func (m DeviceAction) Verify(waiting []Device) Finding {
	for _, d := range waiting {
		if d.ID == m.Device {
			return absent("the device still waits")
		}
	}
	return stands(DeviceDecided{m.Device})
}

// ListDevices returns the devices that wait for approval, freshly fetched from Keeper.
func (c *Client) ListDevices(ctx context.Context) ([]Device, error) {
	cmd, err := newCommand("device-approve").flag("--reload").json().build()
	if err != nil {
		return nil, err
	}
	return read(ctx, c, cmd, parseDevices)
}

func parseDevices(r Reply) ([]Device, error) {
	if r.has("There are no pending devices to approve") {
		return []Device{}, nil
	}
	var rows []struct {
		ID            DeviceID `json:"device_id"`
		Email         Email    `json:"email"`
		Name          string   `json:"device_name"`
		Type          string   `json:"device_type"`
		IP            string   `json:"ip_address"`
		ClientVersion string   `json:"client_version"`
		Location      string   `json:"location"`
		Date          string   `json:"date"`
	}
	if json.Unmarshal(r.data, &rows) != nil || rows == nil {
		return nil, failed(r)
	}
	devices := make([]Device, len(rows))
	for i, row := range rows {
		// This one time is in UTC.
		asked, err := time.ParseInLocation(time.DateTime, row.Date, time.UTC)
		if err != nil {
			asked = time.Time{}
		}
		devices[i] = Device{row.ID, row.Email, row.Name, row.Type, row.IP, row.ClientVersion, row.Location, asked}
	}
	return devices, nil
}
