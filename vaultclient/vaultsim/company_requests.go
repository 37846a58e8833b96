package vaultsim

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// addCompanyRequests fills in endpoint requests of every state and kind, among them some that an approver
// should look at twice: an encoded PowerShell command, a name with a right-to-left override, a link in a
// justification.
func addCompanyRequests(v *Vault, now time.Time) {
	const (
		elevation = "PrivilegeElevation"
		command   = "CommandLine"
		file      = "FileAccess"
	)
	requests := []struct {
		user, machine, typ     string
		file, path, args, desc string
		why                    string
		age                    time.Duration
		life                   int
		status                 string
	}{
		{"carol", "DEV-LT-014", command, "sudo", "/usr/bin", "apt-get install nginx libnginx-mod-http-lua", "Run a command as root",
			"Local reverse proxy for the checkout service, see PLAT-812", 3 * time.Minute, 30, Pending},
		{"zoe", "MKT-LT-003", elevation, "installer-setup.exe", `C:\Users\zoe\Downloads`, "/quiet /norestart", "Vendor installer",
			`{"text": "Video editor for the autumn campaign", "ticket": "INC0012345"}`, 6 * time.Minute, 30, Pending},
		{"judy", "WIN-ADM-02", elevation, "powershell.exe", `C:\Windows\System32\WindowsPowerShell\v1.0`,
			"-NoProfile -ExecutionPolicy Bypass -EncodedCommand SQBuAHYAbwBrAGUALQBXAGUAYgBSAGUAcQB1AGUAcwB0ACAAaAB0AHQAcABzADoALwAvAGUAeABhAG0AcABsAGUALgBjAG8AbQA=",
			"Windows PowerShell", "Patch window", 8 * time.Minute, 45, Pending},
		{"niaj", "FIN-LT-007", elevation, "statement_\u202efdp.exe", `C:\Users\niaj\AppData\Local\Temp`, "", "PDF document",
			"Opens the bank statement", 11 * time.Minute, 30, Pending},
		{"omar", "NET-LT-001", command, "tcpdump", "/usr/sbin", "-i eth0 -w /tmp/edge.pcap host 198.51.100.7", "Packet capture",
			"Trace for the VPN drop, INC0012398", 14 * time.Minute, 60, Pending},
		{"yuki", "DEV-MB-022", elevation, "Android Studio.app", "/Applications", "", "Integrated development environment", "",
			18 * time.Minute, 30, Pending},
		{"mei", "HR-LT-002", file, "hosts", "/etc", "", "Edit hosts file", "Training platform does not resolve at home\nsecond attempt",
			22 * time.Minute, 40, Pending},
		{"hugo", "SAL-LT-009", elevation, "TeamViewerQS.exe", `C:\Users\hugo\Desktop`, "", "Remote support",
			"customer asked me to start this https://evil.example/help", 25 * time.Minute, 60, Pending},
		{"ivan", "LNX-WS-004", command, "systemctl", "/usr/bin", "restart postgresql@15-main", "Control the service manager",
			"Replica lag", 29 * time.Minute, 60, Pending},
		{"dana", "DEV-LT-031", "LeastPrivilege", "node", "/usr/local/bin", "scripts/postinstall.js --unsafe-perm", "Node.js", "",
			50 * time.Minute, 30, Pending},
		{"grace", "SD-LT-005", elevation, "mmc.exe", `C:\Windows\System32`, "dsa.msc", "Microsoft Management Console",
			"Reset of a locked account", 2 * time.Hour, 30, Approved},
		{"ruth", "SD-LT-008", elevation, "DriverUpdate.exe", `C:\Temp`, "/S", "Printer driver", "Printer on floor 3", 5 * time.Hour, 30, Approved},
		{"kofi", "CLD-LT-002", command, "docker", "/usr/bin", "run --privileged -v /:/host alpine chroot /host", "Container engine",
			"debugging", 7 * time.Hour, 30, Denied},
		{"liam", "MKT-MB-004", elevation, "Font Manager.pkg", "/Users/liam/Downloads", "", "Installer package", "Brand fonts",
			26 * time.Hour, 30, Approved},
		{"xavier", "MKT-LT-006", elevation, "crack.exe", `D:\`, "", "", "need it", 28 * time.Hour, 30, Denied},
		{"samir", "SD-LT-006", "Custom", "usb-storage", `\Device\Usb`, "", "Mount a removable disk", "Customer brought photos",
			30 * time.Hour, 30, Expired},
		{"lena", "DEV-LT-017", command, "sudo", "/usr/bin", "modprobe kvm_intel nested=1", "Run a command as root", "Emulator tests",
			49 * time.Hour, 30, Expired},
		{"walter", "FIN-LT-001", elevation, "regedit.exe", `C:\Windows`, "", "Registry Editor", "Macro settings for the year-end file",
			52 * time.Hour, 30, Expired},
		{"mallory", "SEC-LT-002", elevation, "nmap.exe", `C:\Tools\nmap`, "-sS -p- 192.0.2.0/24", "Network scanner", "Approved test, SEC-77",
			3 * time.Hour, 60, Escalated},
	}
	for _, r := range requests {
		digest := sha256.Sum256([]byte(r.path + r.file))
		v.AddApproval(Approval{
			Type: r.typ, Status: r.status, Justification: r.why, ExpireIn: r.life,
			Created: now.Add(-r.age).Truncate(time.Millisecond),
			Account: []Pair{{"Username", r.user}, {"Domainname", "EXAMPLE"}, {"MachineName", r.machine}},
			Application: []Pair{{"FileName", r.file}, {"FilePath", r.path}, {"CommandLine", r.args}, {"Description", r.desc},
				{"FileHash", hex.EncodeToString(digest[:])}},
		})
	}
	for i, d := range []Device{
		{Email: "quentin@example.com", Name: "MacBook Pro", Type: "Desktop", Location: "Zürich, CH"},
		{Email: "ines@example.com", Name: "Pixel 9", Type: "Android", Location: "Lisbon, PT"},
		{Email: "kofi@example.com", Name: "Firefox on Linux", Type: "Web vault", Location: "Accra, GH"},
		{Email: "dave@example.com", Name: "iPad", Type: "iOS", Location: "Geneva, CH"},
	} {
		d.IP = fmt.Sprintf("198.51.100.%d", 20+i)
		d.Client = "w17.3.1"
		d.Date = now.Add(-time.Duration(7+11*i) * time.Minute).Truncate(time.Second)
		v.AddDevice(d)
	}
}
