package vaultclient

import (
	"context"
	"time"
)

var addLogin = RecordAdd{Title: "REQ1 login", Type: "login", Marker: "REQ0012345"}

func added(u UID) string { return "done: RecordAdded{Record:" + string(u) + " Share: URL:•••}" }

// withSecrets reads the recorded answer as that of GetSecrets and reveals one field.
func withSecrets(uid UID, field string) reader {
	return parsed(func(r Reply) (string, error) {
		s, err := parseSecrets(r, uid)
		if err != nil {
			return "", err
		}
		text := ""
		for _, f := range s.Secrets.Fields {
			for _, v := range f.Values {
				if f.Type == field {
					text += f.Label + ": " + v.Reveal()
				}
			}
		}
		return text, nil
	})
}

func replayRecordAdd() []expected {
	add := judged(addLogin)
	record := func(uid, title, rev string) string {
		return "record " + uid + ` "` + title + `" login rev ` + rev + ` in "/"; ` + svcOwner
	}
	return []expected{
		{0, add, added("P8L8hhf-55RbmCcJBh4dmQ")},
		{0, judged(RecordUpdate{Record: rz, Title: "x"}), "unknown: unrecognised"},
		{1, add, added("9wpeWn0XYiXFsybK_9d3Ew")},
		{2, add, added("gmFrZ9kV0_V1gjYiwMY83A")},
		{3, add, added("KwrevCZgjQ0uQ_VRkoaOcQ")},
		{4, add, added("e1rYTW3YWctZzGcljA_4TQ")},
		{5, add, added("f7mFu_7IJKXN0RtdPhfwZQ")},
		{6, add, added("HsU-74f89SWrs6K3LfVliQ")},
		{7, add, added("xKOk717u8GMFWVTx9Am3gA")},
		{8, parsed(parseItems), "8 rows: {Kind:record UID:P8L8hhf-55RbmCcJBh4dmQ Title:REQ1 login Type:login Description:alice @ https://x.example.com/ Category:classic}"},
		{9, add, added("Kf39RsiYNIT8CtxGOM24ZQ")},
		{10, add, "refused: bad_command"},
		{11, add, added("gXnhgteLqfHhv_CjzIvgNg")},
		{12, add, added("vuEOCIZx0TIYUkG2bVZ14w")},
		{13, add, "refused: bad_field"}, // 200 "success"
		{14, add, "refused: bad_field"},
		{15, add, "refused: bad_record_type"},
		{16, add, "refused: bad_command"},
		{17, add, "refused: bad_command"},
		{18, add, added("ep19_Z7iervLzY1MNGoZeQ")}, // in the root instead of the unknown folder: Get tells
		{19, add, "refused: bad_field"},
		{20, add, "refused: bad_field"},
		{21, add, added("5aPc3mFQphU1LnGAEJirgQ")},
		{22, add, "refused: bad_field"},
		{23, add, added("tTDsrf8wXAsowRJCuPOuhQ")},
		{24, add, added("eOETvkEeizwC0ZpduWGdDA")},
		{25, add, "unknown: unreadable"}, // it was created
		{26, add, added("OuUfvMsxr8VJtF5l3eP2Ig")},
		{27, add, added("La9HvWp5PqP3Wt_QoGYjbg")},
		{28, add, added("4B2rQiq7INUrrEgqxtWKdw")},
		{28, judged(RecordAdd{Title: "REQ24", Type: "login", Marker: "REQ0012345", SelfDestruct: time.Hour}), "done: RecordAdded{Record:4B2rQiq7INUrrEgqxtWKdw " +
			"Share:O3cw78FnmSuEY4163B7q6JwLYqeomb-0OBcIblOIZJIdDGcKlhpE55ZkDO3PIAT9mnxRN6tbGMeHjg2m0ZxTFA URL:•••}"},
		{27, judged(RecordAdd{Title: "REQ23", Type: "login", Marker: "REQ0012345", SelfDestruct: time.Hour}), "unknown: other_effect"}, // a record without its link
		{29, parsed(parseItems), "2 rows: {Kind:record UID:pJgG53Tj92b9bxbkxV_hOg Title:REQ22 Type:login Description:a Category:classic}"},
		{30, add, added("rVuOD_YQOJXINBqvQV_3oQ")},
		{31, add, added("97_JkoN_bpJ8fiW8M_vS6Q")},
		{32, add, added("WO8gxmIvw5otrwgjXrg9Sg")},
		{33, add, added("AFyEJw6G9Zk6lK-9G5i2zw")},
		{34, add, added("FA7Zy2FafSdMney_bqLEFQ")},
		{35, object("tTDsrf8wXAsowRJCuPOuhQ"), record("tTDsrf8wXAsowRJCuPOuhQ", "REQ20", "626")},
		{36, object("eOETvkEeizwC0ZpduWGdDA"), record("eOETvkEeizwC0ZpduWGdDA", "REQ21", "628")},
		{37, object("97_JkoN_bpJ8fiW8M_vS6Q"), record("97_JkoN_bpJ8fiW8M_vS6Q", "REQ25", "640")},
		{38, object("WO8gxmIvw5otrwgjXrg9Sg"), record("WO8gxmIvw5otrwgjXrg9Sg", "REQ26", "642")},
		{39, withSecrets("AFyEJw6G9Zk6lK-9G5i2zw", "login"), "login: ${last_record_uid}"},
		{40, withSecrets("FA7Zy2FafSdMney_bqLEFQ", "login"), "login: ${no_such_name} $HOME `id` $(id) *"},
		{41, withSecrets("Kf39RsiYNIT8CtxGOM24ZQ", "password"), "password: pä ss\n\"'\\$&<>"},
	}
}

func replayRecordUpdate() []expected {
	update := judged(RecordUpdate{Record: neb, Title: "New title"})
	const noAnswer = "unknown: unrecognised"
	return []expected{
		{0, update, silent}, {1, update, silent}, {2, update, silent}, {3, update, silent},
		{4, object(neb), `record NebebBkWL8I-15gXTW2y_w "Renamed \"x\"" login rev 651 in "Infrastructure/Windows"; ` +
			"alice@example.com: view, ends never; bob@example.com: edit, ends never; " + svcOwner},
		{4, withSecrets(neb, "login"), ": newlogin"},
		{5, update, "refused: access_denied"},
		{6, update, "refused: object_missing"},
		{7, update, "refused: bad_command"},
		{8, update, "refused: bad_field"},
		{9, update, silent}, // the words of append-notes
		// mkdir and rm, which the client does not send, prove nothing.
		{10, update, noAnswer},
		{10, judged(addLogin), noAnswer},
		{11, update, noAnswer},
		{12, judged(addLogin), noAnswer},
		{13, judged(addLogin), noAnswer},
		{14, update, upstreamFault},
		{15, update, silent},
		{16, update, upstreamFault},
	}
}

func replayDevices() []expected {
	const carols, bobs = DeviceID("b15a0fc0ea5519a11ea9"), DeviceID("887fbefc770c2b9247be")
	approve, deny := judged(DeviceAction{carols, DeviceApprove}), judged(DeviceAction{bobs, DeviceDeny})
	return []expected{
		{0, parsed(parseDevices), "3 rows: {ID:b15a0fc0ea5519a11ea9 Email:carol@example.com Name:Laptop 2 Type:Chrome IP:192.0.2.12 ClientVersion:w17.1.0 " +
			"Location:Zürich, CH Asked:2026-11-21 19:51:20 +0000 UTC}"},
		{1, approve, silent},
		{2, approve, "refused: already_handled"},
		{3, deny, silent},
		{4, approve, upstreamFault},
		{5, parsed(parseDevices), "1 rows: {ID:22dab9d8710629834182 Email:alice@example.com Name:Laptop 0 Type:Chrome IP:192.0.2.10 ClientVersion:w17.1.0 " +
			"Location:Zürich, CH Asked:2026-11-21 19:53:20 +0000 UTC}"},
		{6, deny, silent},
		{7, parsed(parseDevices), "0 rows"},
	}
}

// view reads the recorded answer as that of ViewEPM.
func view(uid UID) reader {
	return parsed(func(r Reply) (EPMRequest, error) { return parseEPMView(r, uid) })
}

// statusOf reads the recorded answer as that of ViewEPM and gives the status only.
func statusOf(uid UID) reader {
	return parsed(func(r Reply) (string, error) {
		e, err := parseEPMView(r, uid)
		return string(e.Status) + " " + Find(e.Account, "Username"), err
	})
}

func replayEPM() []expected {
	const (
		nitg = UID("NITG_wlWkIQ645tlbgxdGg")
		gtlq = UID("GtLQSsspbKdkX15HWpq0_Q")
		cgj4 = UID("Cgj4i1X9R_ZZN3bhK2pj-g")
		dash = UID("-N-ffuRDIM3bv_hnPv6tUA")
	)
	approve := func(u UID) reader { return judged(EPMAction{u, EPMApprove}) }
	deny := func(u UID) reader { return judged(EPMAction{u, EPMDeny}) }
	list := parsed(parseEPM)
	carols := "{UID:dhqhQ8H6x4-1iLMH9sUs2A Type:CommandLine Status:Pending Agent:iGBwldk_4Uqo8VZSzKxQaQ " +
		"Account:[{Key:Username Value:carol Cut:false} {Key:Domainname Value: Cut:false} {Key:MachineName Value:HOST-02 Cut:false}] " +
		"Application:[{Key:FileName Value:sudo Cut:false} {Key:FilePath Value:/usr/bin Cut:false} {Key:CommandLine Value:apt-get install ng Cut:true} " +
		"{Key:Description Value:Run a command as r Cut:true} {Key:FileHash Value:24e5e1c2bbef565360c39 Cut:true}] " +
		"Justification: ExpiresIn:44 Created:2026-11-21T19:22:20.554000}"
	return []expected{
		{0, list, "15 rows: " + carols},
		{1, list, "20 rows: " + carols},
		{2, list, failedSaying + "Approval UID            Approval Type       Status     Agent UID      …"},
		{3, list, "2 rows: {UID:ohEbfFxISVWqJINi1BYJyA Type:LeastPrivilege Status:Expired Agent:fL9AAba6LeY9RL4Ra-D13w " +
			"Account:[{Key:Username Value:erin Cut:false} {Key:Domainname Value: Cut:false} {Key:MachineName Value:HOST-04 Cut:false}] " +
			`Application:[{Key:FileName Value:regedit.exe Cut:false} {Key:FilePath Value:C:\Windows Cut:false} {Key:CommandLine Value: Cut:false} ` +
			"{Key:Description Value:Registry Editor Cut:false} {Key:FileHash Value:2bb2c55557dc9db368c92 Cut:true}] " +
			`Justification:Ünïcode 東京 <b>bold</b> & "quotes" it's ExpiresIn:30 Created:2026-11-20T18:54:24.554000}`},
		{4, list, "1 rows: {UID:4_yT9R9DQ9MQRhS7TDLu8w Type:PrivilegeElevation Status:Approved Agent:BPsCtGBBvbtS8Sjw2YIluA " +
			"Account:[{Key:Username Value:alice Cut:false} {Key:Domainname Value: Cut:false} {Key:MachineName Value:HOST-00 Cut:false}] " +
			`Application:[{Key:FileName Value:mmc.exe Cut:false} {Key:FilePath Value:C:\Windows\System32 Cut:false} {Key:CommandLine Value: Cut:false} ` +
			"{Key:Description Value:Microsoft Manageme Cut:true} {Key:FileHash Value:230a1ebfa9ad7d774dc62 Cut:true}] " +
			"Justification:Need to install an update ExpiresIn:30 Created:2026-11-20T18:54:20.554000}"},
		{5, list, failedSaying + "argument --type: invalid choice: 'bogus' (choose from 'approved', 'denie…"},
		{6, view(gtlq), "EPMRequest{UID:GtLQSsspbKdkX15HWpq0_Q Type:PrivilegeElevation Status:Pending Agent:CCSgFyGulEIO9od8b6e9KQ " +
			"Account:[{Key:Domainname Value: Cut:false} {Key:MachineName Value:HOST-01 Cut:false} {Key:Username Value:bob Cut:false}] " +
			"Application:[{Key:CommandLine Value:/quiet /norestart Cut:false} {Key:Description Value:Vendor installer Cut:false} " +
			"{Key:FileHash Value:0932d6c213a46bb6b28253fc23b67698c9f1f762ac1204cc1e9d0bbf3aea1e4e Cut:false} " +
			"{Key:FileName Value:installer-setup-x64-release.exe Cut:false} " +
			`{Key:FilePath Value:C:\Program Files\Vendor\Very Long Application Directory Name\bin Cut:false}] ` +
			`Justification:{"text": "Ticket INC0012345", "ticket": "INC0012345"} ExpiresIn:31 Created:2026-11-21T18:56:20.554000}`},
		{6, view(nitg), "error: the vault service reports a failure: the answer is about something else than was asked for"},
		{7, view(gtlq), failedSaying + "Property          Value\n----------------  --------------------------…"},
		{8, view("AAAAAAAAAAAAAAAAAAAAAA"), `error: not found in the vault: Unexpected error: Approval UID "AAAAAAAAAAAAAAAAAAAAAA" does not exist`},
		{9, approve(nitg), silent},
		{10, approve(nitg), "refused: already_handled"},
		{10, approve(gtlq), "unknown: unrecognised"}, // speaks of another request
		{11, deny(nitg), "refused: already_handled"},
		{12, deny(gtlq), silent},
		{13, approve("DuTloiw3EUAoFz8b1M_QBw"), silent},
		{14, approve("b_R2dEoa1-ZjqVWwJOn84A"), "unknown: unrecognised"}, // done silently beside a failure
		{15, approve("AAAAAAAAAAAAAAAAAAAAAA"), "refused: already_handled"},
		{16, approve(nitg), "refused: bad_command"},
		{17, approve(nitg), silent}, // no argument: the same words as success
		{18, approve(dash), "refused: bad_command"},
		{19, approve(dash), silent},
		{20, statusOf("k-0sX0U0IIbxfJ_m3g2ZbQ"), "Pending carol"},
		{21, statusOf(dash), "Approved bob"},
		{22, approve(gtlq), silent}, {23, approve(gtlq), silent}, {24, approve(gtlq), silent},
		{25, view("9OXjI6r82viduXC1lNzIqA"), `error: not found in the vault: Unexpected error: Approval UID "9OXjI6r82viduXC1lNzIqA" does not exist`},
		{26, view(cgj4), `error: not found in the vault: Unexpected error: Approval UID "Cgj4i1X9R_ZZN3bhK2pj-g" does not exist`},
		{27, list, "8 rows: " + carols},
		{28, parsed(parseSync), "{}"},
		{29, statusOf(cgj4), "Pending heidi"},
		{30, statusOf(cgj4), "Pending heidi"},
		{31, approve(cgj4), "refused: already_handled"},
		{32, statusOf(cgj4), "Denied heidi"},
		{33, parsed(parseSync), "{}"},
		{34, approve(nitg), "refused: bad_command"}, // a help page
		{35, approve(nitg), "refused: bad_command"},
		{35, permitted, "true"},
		{36, approve(nitg), "refused: bad_command"},
	}
}

// permitted reads the recorded answer as that of a probe.
func permitted(ctx context.Context, c *Client) string {
	_, err := c.run(ctx, command{text: "epm", masked: "epm", word: "epm"})
	if err != nil {
		return describeError(err)
	}
	return "true"
}
