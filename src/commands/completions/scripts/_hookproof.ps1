Register-ArgumentCompleter -Native -CommandName hookproof -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    # The words as they are written, up to the cursor. Nothing that was typed is run. The mark before each word keeps
    # one that is empty.
    $typed = @()
    $begun = ''
    foreach ($element in $commandAst.CommandElements) {
        $extent = $element.Extent
        if ($extent.StartOffset -ge $cursorPosition) {
            break
        }
        if ($extent.EndOffset -ge $cursorPosition) {
            $begun = $extent.Text.Substring(0, $cursorPosition - $extent.StartOffset) -replace '^["'']', ''
            break
        }
        $isText = $element -is [System.Management.Automation.Language.StringConstantExpressionAst]
        $typed += if ($isText) { ':' + $element.Value } else { ':' + $extent.Text }
    }

    & hookproof __complete powershell 0 @typed ":$begun" 2> $null | ForEach-Object {
        $value, $help = $_.Split("`t")
        $text = $value
        # Quoted here, where the encoding of the output can no longer change a character into a quote.
        if ($value -cnotmatch '\A[A-Za-z0-9%+=:./_-]+\z') {
            $text = "'" + [System.Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($value) + "'"
        }
        if (-not $help) {
            $help = $value
        }
        [System.Management.Automation.CompletionResult]::new($text, $value, 'ParameterValue', $help)
    }
}
