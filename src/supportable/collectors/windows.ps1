#Requires -Version 3.0
# supportable collect, for a Windows cluster node.
#
# Read this script before you run it: it is short, and it is all that runs. It asks Windows, the cluster and Exchange, and writes the
# answers into one new folder and one zip of it, in the folder that you name. It changes nothing else: part 1 asks with Get- only.
# It never runs Test-Cluster, which does more than ask; it takes the last report that somebody made with it.
# Passwords, keys, tokens and mail addresses are taken out of each answer (part 2) when it is kept. Nothing is sent anywhere.
# This script was checked by reading and by a parser, not by running it.
#
#   powershell.exe -NoProfile -File collect.ps1 -Destination C:\Temp
#
# Run it as an administrator on each node, on a server with Exchange in the Exchange Management Shell. Bring the zips together, then:
#
#   supportable check NODE1.zip NODE2.zip
#
# There are no time limits: if it hangs, stop it with Ctrl+C; the folder that it leaves is not complete and has no manifest.

param(
    [string] $Destination = (Get-Location).Path
)

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

# Part 1. What is collected: the name of the answer, what it is for, and the command.

$ThisServer = $env:COMPUTERNAME

$Items = @(
    @{ Name = 'Win32_OperatingSystem'; Why = 'release, edition, build of Windows'; Get = {
        Get-CimInstance -ClassName Win32_OperatingSystem } }
    @{ Name = 'Win32_ComputerSystem'; Why = 'hardware or hypervisor, domain role'; Get = {
        Get-CimInstance -ClassName Win32_ComputerSystem } }
    @{ Name = 'InstallationType'; Why = 'whether it is Server Core'; Get = {
        Get-ItemProperty -LiteralPath 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion' |
            Select-Object -ExpandProperty InstallationType } }
    @{ Name = 'Get-Service'; Why = 'which cluster service is installed and runs'; Get = { Get-Service } }
    @{ Name = 'Get-WindowsFeature'; Why = 'whether the cluster feature is installed'; Get = { Get-WindowsFeature } }
    @{ Name = 'Get-HotFix'; Why = 'updates that a policy asks for'; Get = { Get-HotFix } }

    @{ Name = 'Get-Cluster'; Why = 'name, functional level and settings of the cluster'; Get = { Get-Cluster } }
    @{ Name = 'Get-ClusterNode'; Why = 'the complete list of nodes, and their states'; Get = { Get-ClusterNode } }
    @{ Name = 'Get-ClusterQuorum'; Why = 'the quorum model and its witness'; Get = { Get-ClusterQuorum } }
    @{ Name = 'Get-ClusterGroup'; Why = 'what the cluster serves'; Get = { Get-ClusterGroup } }
    @{ Name = 'Get-ClusterResource'; Why = 'what the groups are made of'; Get = { Get-ClusterResource } }
    @{ Name = 'Get-ClusterNetwork'; Why = 'the networks between the nodes'; Get = { Get-ClusterNetwork } }
    @{ Name = 'Get-ClusterSharedVolume'; Why = 'shared volumes, which some workloads must not use'; Get = { Get-ClusterSharedVolume } }

    @{ Name = 'Get-ExchangeServer'; Why = 'release, edition and roles of Exchange'; Get = { Get-ExchangeServer -Identity $ThisServer } }
    @{ Name = 'Get-MailboxServer'; Why = 'membership in an availability group'; Get = { Get-MailboxServer -Identity $ThisServer } }
    @{ Name = 'Get-DatabaseAvailabilityGroup'; Why = 'members, witness and mode of the groups'; Get = { Get-DatabaseAvailabilityGroup } }
    @{ Name = 'Get-MailboxDatabaseCopyStatus'; Why = 'how many databases the server mounts'; Get = {
        Get-MailboxDatabaseCopyStatus -Server $ThisServer } }
    @{ Name = 'ExSetup'; Why = 'the build of Exchange with its security updates'; Get = {
        Get-Command -Name ExSetup.exe | Select-Object -ExpandProperty FileVersionInfo } }
)

# Files that are copied: the last validation report, in the forms that Windows keeps it in.
$Reports = Join-Path -Path $env:SystemRoot -ChildPath 'Cluster\Reports'

# Part 2. What is taken out of every answer. Each pattern keeps its first and second group.

$Secret = '(?:pass(?:word|wd|phrase|code)|pwd|secret|token|community|credential|(?:api|access|private|shared)[ _.-]?key)'
$Patterns = @(
    @{ What = 'secure strings'; Pattern = '(<SS(?:\s[^<>]*)?>)[^<]+(</SS>)'; Put = '[secret]' }
    @{ What = 'properties named for a secret'; Put = '[secret]'
        Pattern = '(<(?:S|BA|URI)\sN="[^"<>]*' + $Secret + '[^"<>]*">)[^<]+(</(?:S|BA|URI)>)' }
    @{ What = 'a secret in a text'; Pattern = '\b(' + $Secret + '\s*[=:]\s*)[^\s<>;,]+()'; Put = '[secret]' }
    @{ What = 'mail addresses'; Pattern = '()[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+()'; Put = '[mail address]' }
)

# What one answer became: this is what the manifest says of it.
function Get-Entry([string] $Name, [string] $How, [string] $Outcome, [string] $Reason, [double] $Seconds, [int] $Redacted) {
    $Entry = [ordered] @{
        name = $Name; how = $How; outcome = $Outcome; reason = $Reason
        seconds = [Math]::Round($Seconds, 3); bytes = 0; sha256 = ''; redacted = $Redacted
    }
    if ($Outcome -eq 'collected') {
        $Data = [IO.File]::ReadAllBytes((Join-Path -Path $Folder -ChildPath $Name))
        $Hash = [Security.Cryptography.SHA256]::Create().ComputeHash($Data)
        $Entry.bytes = $Data.Length
        $Entry.sha256 = [BitConverter]::ToString($Hash).Replace('-', '').ToLowerInvariant()
    }
    $Entry
}

# Takes secrets out of a text and writes it as a file of the bundle; returns how many it took.
function Export-WithoutSecrets([string] $Text, [string] $Path) {
    $Count = 0
    foreach ($One in $Patterns) {
        $Regex = New-Object -TypeName Text.RegularExpressions.Regex -ArgumentList $One.Pattern, 'IgnoreCase'
        $Count += $Regex.Matches($Text).Count
        $Text = $Regex.Replace($Text, '${1}' + $One.Put + '${2}')
    }
    [IO.File]::WriteAllText($Path, $Text)
    $Count
}

# Why there is no answer: a command that is not on this machine is one thing, a command that failed another.
function Get-Outcome([object] $Failure) {
    if ($Failure.Exception -is [Management.Automation.CommandNotFoundException]) { return 'not-here' }
    if ($Failure.Exception -is [UnauthorizedAccessException]) { return 'not-permitted' }
    'failed'
}

# Part 3. Ask, and write the bundle.

$Destination = (Get-Item -LiteralPath $Destination).FullName
$When = (Get-Date).ToUniversalTime()
$Bundle = 'supportable-{0}-{1}' -f $ThisServer, $When.ToString('yyyyMMddTHHmmssZ')
$Folder = Join-Path -Path $Destination -ChildPath $Bundle
New-Item -ItemType Directory -Path (Join-Path -Path $Folder -ChildPath 'commands') | Out-Null
New-Item -ItemType Directory -Path (Join-Path -Path $Folder -ChildPath 'files') | Out-Null

# The Exchange Management Shell has the commands already; elsewhere they come with the snap-in, if this machine has one.
if (-not (Get-Command -Name Get-ExchangeServer -ErrorAction SilentlyContinue)) {
    try {
        Get-PSSnapin -Registered | Where-Object { $_.Name -like 'Microsoft.Exchange.Management.PowerShell.*' } | Add-PSSnapin
    } catch {
        Write-Warning -Message "no snap-in of Exchange was loaded: $($_.Exception.Message)"
    }
}

$Entries = @()
foreach ($Item in $Items) {
    $Name = 'commands/' + $Item.Name + '.xml'
    $How = ([string] $Item.Get).Trim() -replace '\s+', ' '
    $Watch = [Diagnostics.Stopwatch]::StartNew()
    Write-Host "asking: $How"
    try {
        $Answer = @(& $Item.Get)
        if ($Answer.Count -eq 0) {
            $Entries += Get-Entry -Name $Name -How $How -Outcome 'failed' -Reason 'it answered nothing' -Seconds $Watch.Elapsed.TotalSeconds
            continue
        }
        $File = Join-Path -Path $Folder -ChildPath $Name
        $Answer | Export-Clixml -LiteralPath $File -Depth 2
        $Taken = Export-WithoutSecrets -Text ([IO.File]::ReadAllText($File)) -Path $File
        $Entries += Get-Entry -Name $Name -How $How -Outcome 'collected' -Seconds $Watch.Elapsed.TotalSeconds -Redacted $Taken
    } catch {
        $Outcome = Get-Outcome -Failure $_
        $Entries += Get-Entry -Name $Name -How $How -Outcome $Outcome -Reason $_.Exception.Message -Seconds $Watch.Elapsed.TotalSeconds
    }
}

$Found = @(Get-ChildItem -LiteralPath $Reports -Filter 'Validation Report*' -ErrorAction SilentlyContinue |
    Sort-Object -Property LastWriteTime)
if ($Found.Count -eq 0) {
    $Entries += Get-Entry -Name 'files/validation-report' -How $Reports -Outcome 'not-here' -Reason 'there is no validation report'
} else {
    foreach ($Report in @($Found | Where-Object { $_.BaseName -eq $Found[-1].BaseName })) {
        $Name = 'files/' + $Report.Name
        $Text = [IO.File]::ReadAllText($Report.FullName)
        $Taken = Export-WithoutSecrets -Text $Text -Path (Join-Path -Path $Folder -ChildPath $Name)
        $Entries += Get-Entry -Name $Name -How $Report.FullName -Outcome 'collected' -Redacted $Taken
    }
}

$Manifest = [ordered] @{
    schema = 'supportable/collected/1'
    tool = 'supportable collect --windows'
    system = 'windows'
    host = $ThisServer
    node = $ThisServer
    when = $When.ToString('yyyy-MM-ddTHH:mm:ssZ')
    items = $Entries
}
[IO.File]::WriteAllText((Join-Path -Path $Folder -ChildPath 'MANIFEST.json'), (ConvertTo-Json -InputObject $Manifest -Depth 4))

# The zip appears under its name when it is whole.
$Zip = $Folder + '.zip'
Add-Type -AssemblyName System.IO.Compression.FileSystem
[IO.Compression.ZipFile]::CreateFromDirectory($Folder, $Zip + '.partial', [IO.Compression.CompressionLevel]::Optimal, $true)
Move-Item -LiteralPath ($Zip + '.partial') -Destination $Zip

Write-Host ''
Write-Host "bundle: $Zip (the folder beside it holds the same)"
foreach ($Entry in $Entries) {
    if ($Entry.outcome -ne 'collected') { Write-Host "not collected: $($Entry.how): $($Entry.reason)" }
}
